"""The lesson's contents list, which stays in sight, and the buttons from step to step."""

from __future__ import annotations

import streamlit as st

from ui.state import STEPS, bind, current

NAMES = {
    "machine": "Machine",
    "encoder": "Encoder",
    "sampling": "Sampling",
    "decoder": "Decoder",
    "loss": "Loss",
    "prior": "KL",
    "noise": "Noise",
    "uses": "Uses",
}
_STYLE = """<style>
/* Beneath the app's own header, which is this high. */
.st-key-{key} {{ position: sticky; top: 3.75rem; z-index: 2; padding: 0.4rem 0;
  background: color-mix(in srgb, Canvas 55%, transparent); backdrop-filter: blur(12px); }}
@media (max-width: 640px) {{
  /* Two rows of four. */
  .st-key-{key}, .st-key-{key} div {{ width: 100% !important; max-width: none; }}
  .st-key-{key} [role="radiogroup"] {{ display: grid; gap: 2px; grid-template-columns: repeat(4, 1fr); }}
  .st-key-{key} button {{ padding: 0.1rem; min-height: 2rem; width: 100%; }}
}}
</style>"""

# Without this, a reader who turns the page at its foot would land at the foot of the next one.
_SCROLL = """<script>
(() => {{
  const root = document.documentElement, list = document.querySelector(".st-key-{key}");
  const turned = root.dataset.lessonStep && root.dataset.lessonStep !== "{step}";
  root.dataset.lessonStep = "{step}";
  if (!turned || !list) return;
  const align = () => {{
    const stuck = parseFloat(getComputedStyle(list).top) + list.offsetHeight;
    const below = list.nextElementSibling.getBoundingClientRect().top - stuck;
    // On a phone the bench may fill the screen above it.
    if (below < 0 || below > 0.4 * innerHeight) list.closest(".stMain").scrollBy(0, below);
  }};
  // The old step is still leaving and the new one still arriving, on a slow machine for seconds: until it rests, or the
  // reader does something.
  const until = performance.now() + 8000;
  let isTouched = false;
  for (const deed of ["wheel", "touchmove", "keydown", "pointerdown"]) {{
    addEventListener(deed, () => {{ isTouched = true; }}, {{ once: true, passive: true, capture: true }});
  }}
  const keep = () => {{
    if (isTouched || performance.now() > until) return;
    align();
    setTimeout(keep, 250);
  }};
  keep();
}})();
</script>"""


def choose_step() -> str:
    """The contents list, every step by name; returns the class by which scripts and styles find it."""
    bound = bind("step", part=current().lesson)
    name = bound["key"].replace(".", "-")
    st.html(_STYLE.format(key=name))
    st.segmented_control(
        "Step", STEPS, format_func=NAMES.get, required=True, label_visibility="collapsed", **bound
    )
    return name


def turn_pages(contents: str) -> None:
    """Buttons for the previous and the next step; each is shown from its top.

    Args:
        contents: What `choose_step` returned.
    """
    state = current()
    place = STEPS.index(state.lesson.step)

    def go(step: str) -> None:
        state.lesson.step = step
        state.write_address()

    with st.container(horizontal=True):
        if place > 0:
            before = STEPS[place - 1]
            st.button(
                f"Back: {NAMES[before]}",
                icon=":material/arrow_back:",
                on_click=go,
                args=(before,),
                key="lesson.back",
            )
        if place + 1 < len(STEPS):
            after = STEPS[place + 1]
            st.button(
                f"Next: {NAMES[after]}",
                icon=":material/arrow_forward:",
                type="primary",
                on_click=go,
                args=(after,),
                key="lesson.next",
            )
    st.html(_SCROLL.format(key=contents, step=state.lesson.step), unsafe_allow_javascript=True)
