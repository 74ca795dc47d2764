"""Excerpts from the project's own source: a page shows the very lines that run.

The files are parsed, not imported: `vae/training/network.py` would bring TensorFlow with it.
"""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Excerpt:
    """Lines of a source file.

    Attributes:
        path: The file, from the project's root.
        line: The number of the first line.
        code: The lines, without their common indentation.
    """

    path: str
    line: int
    code: str


def _find(tree: ast.AST, name: str) -> ast.FunctionDef | ast.ClassDef | None:
    for part in name.split("."):
        named = (node for node in ast.iter_child_nodes(tree) if getattr(node, "name", None) == part)
        tree = next(named, None)
        if tree is None:
            return None
    return tree


@functools.cache
def excerpt(path: str, name: str) -> Excerpt:
    """The source of a function without its docstring.

    Args:
        path: The file, from the project's root: "vae/training/network.py".
        name: The function, or a method: "sample", "Posterior.sample".

    Returns:
        Its lines.

    Raises:
        LookupError: There is no such function in that file.
    """
    source = (ROOT / path).read_text(encoding="utf-8")
    node = _find(ast.parse(source), name)
    if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        raise LookupError(f"Expected a function {name!r} in {path}. There is none.")
    lines = source.splitlines()
    numbers = range(node.lineno, node.end_lineno + 1)
    if ast.get_docstring(node) is not None:
        doc = node.body[0]
        numbers = [number for number in numbers if not doc.lineno <= number <= doc.end_lineno]
    kept = [lines[number - 1][node.col_offset :] for number in numbers]
    return Excerpt(path, node.lineno, "\n".join(kept).strip("\n"))


def show_source(path: str, name: str) -> None:
    """Shows a function as it is in the project, beneath its place there."""
    found = excerpt(path, name)
    st.code(f"# {found.path}, from line {found.line}\n{found.code}", language="python", wrap_lines=True)
