"""A page in front of a class: large, step by step, with its question first."""

from __future__ import annotations

import streamlit as st

from ui import cache
from ui.show.parts import hidden_parts, hiding
from ui.state import TEXT_SIZES, State, current
from ui.teaching.plan import PLAN
from ui.teaching.question import Question, ask
from ui.teaching.room import show_room

BAR = "lesson-bar"
# What lasts from step to step.
KEPT = ("present", "text", "room", "host")
# In pixels: a rem on the projector, and the least that any text then has.
PROJECTED, LEAST = 28, 24

_BAR_STYLE = f"""
.st-key-{BAR} {{ align-items: center; padding: 0.25rem 0.75rem; border-radius: 0.5rem;
  border: 1px solid rgb(128 128 128 / 35%); }}
.st-key-{BAR} p {{ margin: 0; }}
"""
# At the foot of the screen, in one line: its buttons go without words.
_PROJECTED_STYLE = f"""
/* Pictures come before their controls. */
:root {{ font-size: {PROJECTED}px !important; --least: {LEAST}px; --controls-order: 1; }}
.stMainBlockContainer {{ padding: 0.5rem 1.5rem 6rem !important; }}
.st-key-page, .st-key-page .stVerticalBlock {{ gap: 0.5rem; }}
.stMain [data-testid=stMainBlockContainer] > .stVerticalBlock {{ gap: 0; }}
.st-key-{BAR} {{ position: fixed; inset: auto 0 0; z-index: 9; flex-wrap: nowrap; padding: 0.25rem 1.5rem;
  border-width: 1px 0 0; border-radius: 0; background: Canvas; }}
.stMain, .stMain:focus {{ outline: none !important; box-shadow: none !important; }}
@media (max-width: 700px) {{ .st-key-{BAR} {{ flex-wrap: wrap; }} }}
.st-key-{BAR} > :has([data-testid=stMarkdown]) {{ flex: 1 1 0 !important; min-width: 0; }}
.st-key-{BAR} [data-testid=stMarkdownContainer] p {{ white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }}
.st-key-{BAR} button [data-testid=stMarkdownContainer] {{ position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); }}
.stMain :is(.stElementContainer, .stHtml):has(> .about-page, > .stHtml > .about-page) {{ display: none; }}
"""
# On a phone the question comes before the bench.
_ASKED_STYLE = """
@media (max-width: 640px) { .st-key-frame > div:first-child { order: 1; } }
"""
_UNTITLED_STYLE = """
.stMain h1 { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""
# The bench has its canvas's width, however large the text is.
_NARROW_STYLE = """
.st-key-bench [data-testid=stButtonGroup] button { padding-inline: 0.2rem; min-width: 0; }
.st-key-bench [data-testid=stButtonGroup] button * { font-size: 15px; }
.st-key-bench .st-key-settings button { padding-inline: 0.2rem; font-size: 15px; }
"""
_FULL_SCREEN = """<button type="button" class="full-screen" aria-label="Full screen" title="Full screen">
<span aria-hidden="true">fullscreen</span> F</button>
<style>.full-screen { font: inherit; color: inherit; background: none; padding: 0.25rem 0.75rem; cursor: pointer;
  border: 1px solid rgb(128 128 128 / 40%); border-radius: 0.5rem; white-space: nowrap; }
.full-screen span { font-family: "Material Symbols Rounded"; font-size: 1.25rem; vertical-align: middle; }
.full-screen:hover { border-color: currentcolor; }</style>
<script>
(() => {
  // A browser lets a page fill the screen only when somebody presses something.
  const root = document.documentElement;
  const toggle = () => document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen();
  for (const button of document.querySelectorAll(".full-screen")) button.onclick = toggle;
  if (globalThis.fullScreenKey) return;
  globalThis.fullScreenKey = true;
  const projected = () => document.querySelector(".full-screen");
  // After a slider was dragged, the keys are the lesson's again.
  document.addEventListener("pointerup", (event) => {
    const into = event.composedPath()[0];
    if (projected() && into instanceof HTMLElement && into.matches("input[type=range]")) into.blur();
  });
  document.addEventListener("keydown", (event) => {
    const into = event.composedPath()[0];
    const types = into instanceof HTMLElement && into.matches("input:not([type=range]), textarea, select");
    const slides = into instanceof HTMLElement && into.matches("input[type=range]");
    if (!projected() || event.ctrlKey || event.metaKey || event.altKey || types) return;
    if (document.querySelector("[role=dialog]")) return;
    if (event.key.toLowerCase() === "f") projected().click();
    // What a presenter's remote control sends.
    const step = { PageUp: "back", PageDown: "next" }[event.key];
    if (step && !slides) document.querySelector(`.st-key-lesson-${step} button`)?.click();
  });
})();
</script>"""


def classroom_style(state: State, page: str) -> str:
    """A style sheet of what a teacher has prepared: hidden parts, the text's size, the projector's look.

    Args:
        state: The visitor's.
        page: The page's file in pages/, without its ending.
    """
    room = state.classroom
    hidden = hidden_parts(page, room.hide, room.show)
    rules = [_ASKED_STYLE] if room.guess else []
    rules += [_BAR_STYLE] if room.place or room.presents else []
    if room.presents:
        hidden |= {"menu"} if room.bench else {"menu", "bench"}
        rules.append(_PROJECTED_STYLE)
        if room.place:  # The bar says what it is about.
            rules.append(_UNTITLED_STYLE)
    elif room.text != "normal":
        rules.append(f":root {{ font-size: {TEXT_SIZES[room.text]}px !important; }}{_NARROW_STYLE}")
    return "".join([hiding(hidden), *rules])


def hold_back(question: Question) -> None:
    """Hides what would give a question's answer away."""
    veil = ":root { --answer: hidden; --cover: contrast(0) opacity(0.3); }" if question.veils else ""
    st.html(f"<style>{veil}{hiding(question.holds)}</style>")


def begin_page(page: str) -> None:
    """What stands above a page: the lesson's bar, and the page's question, whose answer it holds back.

    Args:
        page: The page's file in pages/, without its ending.
    """
    state = current()
    room = state.classroom
    if room.place or room.presents:
        _show_bar(state)
    if room.room:
        show_room()
    state.unnamed = state.is_asking = False
    if not room.guess:
        return
    # Only now: without questions no page needs what they are about.
    from ui.teaching.questions import page_question

    question = page_question(page)
    if question is not None:
        with st.container(border=True):
            is_answered = ask(question, can_reveal=True)
        if not is_answered:
            state.unnamed, state.is_asking = question.unnames, True
            hold_back(question)


def end_page(page: str) -> None:
    """What stands beneath a page of which a link hides parts.

    Args:
        page: The page's file in pages/, without its ending.
    """
    room = current().classroom

    def show_all() -> None:
        room.hide = room.show = ()

    if hidden_parts(page, room.hide, room.show):
        st.button("Show the hidden parts", icon=":material/visibility:", type="tertiary", on_click=show_all)


def go_to_step(place: int) -> None:
    """Shows a step of the lesson, on its page.

    Args:
        place: From 1 to 8.
    """
    state, step = current(), PLAN[place - 1]
    room = state.classroom
    kept = {name: text for name, text in state.to_link().items() if name in KEPT}
    bench = room.bench
    state.from_link(step.settings | kept | {"lesson": str(place)})
    room.bench = bench
    cache.rooms().lead(room.room, room.key, place)
    st.switch_page(f"pages/{step.page}.py")


def _show_bar(state: State) -> None:
    room = state.classroom
    place = room.place
    with st.container(key=BAR, horizontal=True, gap="small"):
        back = st.button(
            "Back",
            key="lesson-back",
            icon=":material/arrow_back:",
            shortcut="Left",
            disabled=place <= 1,
        )
        name = (
            f"**{place} of {len(PLAN)}** · {PLAN[place - 1].title}" if place else "The twenty-minute lesson"
        )
        st.markdown(name, width="content")
        ahead = st.button(
            "Next" if place else "Begin",
            key="lesson-next",
            icon=":material/arrow_forward:",
            shortcut="Right",
            disabled=place >= len(PLAN),
        )
        if room.presents:
            st.button(
                "Bench",
                key="present-bench",
                shortcut="B",
                icon=":material/draw:",
                on_click=lambda: setattr(room, "bench", not room.bench),
            )
            st.html(_FULL_SCREEN, unsafe_allow_javascript=True, width="content")

        ends = st.button("End", key="lesson-end", icon=":material/close:")
    if ends:
        room.presents, room.place, room.guess = False, 0, False
        room.hide = room.show = ()
        cache.rooms().lead(room.room, room.key, 0)
        st.switch_page("pages/lesson.py")
    if back:
        go_to_step(place - 1)
    if ahead:
        go_to_step(place + 1)
