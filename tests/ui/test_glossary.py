"""Explanations of the field's words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ui.show.glossary import TERMS, explain

ROOT = Path(__file__).parents[2]
MARK = re.compile(r"(?<![\w)\]])\[\[([A-Za-zé ]+)(?:\|[a-zé ]+)?\]\]")


def test_a_marked_term_stands_there_as_written_and_tells_what_it_means():
    said = explain("It costs 3 [[nat|nats]] more than the [[prior]].")
    assert re.sub("<[^>]+>", "", said) == "It costs 3 nats more than the prior."
    assert said.count('class="term"') == 2 and "1.44 bits" in said


def test_a_term_that_is_not_explained_is_an_error():
    with pytest.raises(KeyError):
        explain("[[free energy]]")


def test_every_term_that_a_page_marks_is_explained():
    files = [path for folder in ("ui", "pages") for path in (ROOT / folder).rglob("*.py")]
    marked = [term for path in files if path.name != "glossary.py" for term in MARK.findall(path.read_text())]
    assert set(marked) <= set(TERMS)
