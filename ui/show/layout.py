"""Where things stand: the frame around every page, and a page's own two parts."""

from __future__ import annotations

import base64
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.show import glossary
from vae.drawing import CANVAS_SIDE

# As text, so that it isn't read and hashed at each rerun.
ICON = "data:image/png;base64," + base64.b64encode((Path(__file__).parent / "icon.png").read_bytes()).decode()
# The names of containers, by which the style sheet finds them.
FRAME, BENCH, PAGE = "frame", "bench", "page"
PAD, STROKES, RESULT, SETTINGS, SHARE, SAVE = "pad", "strokes", "result", "settings", "share", "save"

_FRAME_STYLE = f"""<style>
.stMainBlockContainer {{ padding: 4.25rem 2rem 3rem; max-width: 1800px; }}
.stMain h1 {{ font-size: clamp(1.25rem, 1rem + 1.2vw, 2rem); padding: 0 0 0.25rem; }}
.stMain h2 {{ font-size: clamp(1.2rem, 1rem + 0.8vw, 1.6rem); }}
.stMain h3 {{ font-size: clamp(1.1rem, 1rem + 0.5vw, 1.35rem); }}
/* Streamlit's own grey of captions is too faint on white: 3.9 to 1, where 4.5 to 1 is legible. */
[data-testid=stCaptionContainer] {{ color: inherit; opacity: 0.78; }}
/* What a page is drawn on stays in sight while the page scrolls. */
.st-key-{FRAME} > div:first-child {{ position: sticky; top: 4rem; align-self: flex-start;
  max-height: calc(100vh - 4.5rem); overflow: hidden auto; scrollbar-width: thin; }}
.st-key-{BENCH}, .st-key-{BENCH} > :first-child > .stVerticalBlock {{ gap: 0.5rem; }}
/* MNIST's black ground, in light and dark. */
.st-key-{PAD} {{ background: #000; outline: 1px solid rgb(128 128 128 / 60%); outline-offset: -1px; position: relative;
  height: {CANVAS_SIDE}px; }}
.st-key-{PAD}::after {{ content: "Draw a digit here"; position: absolute; inset: 0; display: grid; place-items: center;
  color: #b8b8b8; pointer-events: none; }}
:root[data-drawn] .st-key-{PAD}::after {{ content: none; }}
.st-key-{STROKES} {{ gap: 0.5rem; }}
/* Streamlit's limit, which is not the app's. */
.st-key-{BENCH} [data-testid="stFileUploaderDropzoneInstructions"] {{ display: none; }}
.st-key-{STROKES} button {{ padding: 0.1rem 0.6rem; min-height: 2rem; }}
/* Beside the model there is no room for their words. */
.st-key-{SETTINGS} {{ flex-wrap: nowrap; align-items: center; }}
.st-key-{SETTINGS} button {{ padding: 0.25rem 0.4rem; }}
:is(.st-key-{SHARE}, .st-key-{SAVE}) button p {{ position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); }}
/* A finger on a slider may scroll the page. */
[data-testid="stSlider"] * {{ touch-action: pan-y !important; }}
@media (max-width: 640px) {{
  .stMainBlockContainer {{ padding: 4rem 1rem 2rem; }}
  .st-key-{FRAME} {{ row-gap: 0.75rem; }}
  .st-key-{FRAME} > div:first-child {{ position: relative; top: 0; width: 100% !important;
    max-height: none; overflow: visible; }}
  /* Below the page's pictures, which come first on a small screen. */
  .st-key-{PAGE} > .stElementContainer:has(.about-page) {{ order: 1; }}
}}
@media (min-width: 340px) and (max-width: 371px) {{
  .stMainBlockContainer {{ padding: 4rem 0.75rem 2rem; }}
}}
@media (min-width: 340px) and (max-width: 640px) {{
  /* Beside the canvas is room for two buttons without words. */
  .st-key-{BENCH} div:has(> .st-key-{STROKES}) {{ position: absolute; top: 2.5rem;
    left: calc({CANVAS_SIDE}px + 0.5rem); width: auto; }}
  .st-key-{BENCH} div:has(> .st-key-{SETTINGS}) {{ position: absolute; top: 8rem; width: auto;
    left: calc({CANVAS_SIDE}px + 0.5rem); }}
  :is(.st-key-{STROKES}, .st-key-{SETTINGS}) {{ flex-direction: column; width: auto; }}
  :is(.st-key-{STROKES}, .st-key-{SETTINGS}) button {{ padding: 0 0.5rem; min-height: 2.2rem; }}
  :is(.st-key-{STROKES}, .st-key-{SETTINGS}) button p {{ position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }}
}}
@media (max-height: 600px) and (min-width: 641px) {{
  .st-key-{FRAME} > div:first-child {{ position: relative; top: 0; max-height: none; overflow: visible; }}
}}
</style>"""

_BESIDE_CANVAS = f"""<style>
@media (max-height: 600px) and (min-width: 641px) {{
  /* A phone on its side: what comes of the digit stands beside the canvas. */
  .st-key-{FRAME} > div:first-child {{ flex: none; max-width: none;
    width: {CANVAS_SIDE + 136}px !important; }}
  .st-key-{BENCH} > div {{ max-width: {CANVAS_SIDE}px; }}
  .st-key-{BENCH} div:has(> .st-key-{RESULT}) {{ position: absolute; top: 0; width: 120px;
    left: calc({CANVAS_SIDE}px + 1rem); }}
}}
</style>"""

# On a phone both parts stand in one column, and the first sticks to the top: it has to be small there, and to
# cover what scrolls beneath it, in the browser's own ground for light or dark pages.
_STYLE = """<style>
[data-testid="stColumn"]:has(> [data-testid="stVerticalBlock"] > .stElementContainer .sticky-view) {
  position: sticky; top: 3.75rem; align-self: flex-start; z-index: 2; }
@media (max-width: 640px) {
  [data-testid="stColumn"]:has(> [data-testid="stVerticalBlock"] > .stElementContainer .sticky-view) {
    background: Canvas; padding-bottom: 0.5rem; }
}
</style><span class="sticky-view"></span>"""


def bench_and_page(shows_result: bool, rules: str = "") -> tuple[DeltaGenerator, DeltaGenerator]:
    """The frame: the bench, which has a fixed width, and the page beside it, or beneath it on a phone.

    Args:
        shows_result: Whether what comes of the digit stands on the bench.
        rules: Further rules of style.
    """
    style = _FRAME_STYLE + glossary.STYLE + (_BESIDE_CANVAS if shows_result else "")
    st.html(f"{style}<style>{rules}</style>" if rules else style)
    with st.container(horizontal=True, gap="medium", key=FRAME):
        return st.container(width=CANVAS_SIDE, key=BENCH), st.container(width="stretch", key=PAGE)


def introduce(text: str) -> None:
    """What a page is about, beneath its title, or at its end on a phone, where pictures come first.

    Args:
        text: Plain text in which terms are marked for `glossary.explain`.
    """
    # As HTML: what Markdown with HTML in it takes to be read is 190 kB, a second on a slow line, before any picture.
    st.html(f'<p class="about-page">{glossary.explain(text)}</p>')


def view_and_choices() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two columns, the narrower first; it stays in sight while the page scrolls."""
    view, choices = st.columns([2, 5], gap="medium")
    view.html(_STYLE)
    return view, choices
