"""The parts of pages, by name: what a link can hide, and what a question holds back until it is answered.

A part is hidden by style alone. It works on, and a hidden canvas keeps its drawing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

# Around every page: a part's title, and what selects it.
FRAME_PARTS = {
    "menu": ("The menu of pages", "[data-testid=stHeader]"),
    "bench": ("The bench", "div:has(> .st-key-bench)"),
    "result": ("The pictures on the bench", ".st-key-result"),
    "settings": ("Model, noise and sharing", "div:has(> .st-key-settings)"),
}
# By a page's file in pages/: its parts from top to bottom, by name. A name belongs to one page.
PAGE_PARTS = {
    "denoise": {
        "machine": "The machine",
        "numbers": "What the numbers mean",
        "gallery": "Ten test digits",
    },
    "noise_levels": {
        "strip": "The strip of levels",
        "quality": "How good it is",
        "models": "Model beside model",
        "posterior": "How sure it is",
        "path": "The path in latent space",
    },
    "latent_space": {
        "start": "Where it starts",
        "sliders": "The sliders",
        "own": "Directions of one's own",
        "how-to-read": "How to read it",
    },
    "traversals": {"walks": "Which walks", "rows": "The rows"},
    "digit_map": {"layout": "How it is laid out", "map": "The map"},
    "kl_dial": {"dial": "The dial", "claims": "What the numbers say"},
    "generate": {"make": "What is made", "made": "The pictures"},
    "anomaly": {
        "judge": "What is judged",
        "verdict": "The verdict",
        "kinds": "One of each kind",
        "score": "What the score means",
    },
    "how_it_works": {"step": "The step"},
    "train": {"watch": "What is watched", "training": "The training"},
    "lesson": {"plan": "The eight steps"},
}
PARTS = (*FRAME_PARTS, *(name for parts in PAGE_PARTS.values() for name in parts))


def parts_of(page: str) -> dict[str, str]:
    """The titles of all parts that are seen on a page, by name."""
    return {name: title for name, (title, _) in FRAME_PARTS.items()} | PAGE_PARTS[page]


def part(name: str) -> DeltaGenerator:
    """A container for a part of a page, by its name in `PAGE_PARTS`."""
    return st.container(key=f"part-{name}")


def hidden_parts(page: str, hide: Collection[str], show: Collection[str]) -> set[str]:
    """Which parts of a page are hidden.

    Args:
        page: The page's file in pages/, without its ending.
        hide: Parts that a link hides.
        show: The only parts that it shows of the page itself. On a page that has none of them all are shown.
    """
    own = set(PAGE_PARTS[page])
    others = own - set(show) if own & set(show) else set()
    return (set(hide) & set(parts_of(page))) | others


def hiding(names: Iterable[str]) -> str:
    """A style sheet's rules that hide parts; "" for none."""
    selectors = [
        FRAME_PARTS[name][1] if name in FRAME_PARTS else f"div:has(> .st-key-part-{name})"
        for name in sorted(names)
    ]
    # The bench and its parts keep their size: the canvas measures itself.
    return f"{', '.join(selectors)} {{ display: none !important; }}" if selectors else ""
