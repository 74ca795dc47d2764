"""The lesson's contents list, which stays in sight, and the way from step to step."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

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
# The names of containers, by which the style sheet finds them.
CONTENTS, STEP = "lesson-contents", "lesson-step"

_STYLE = f"""<style>
/* Beneath the app's own header, which is as high as that. */
.st-key-{CONTENTS} {{ position: sticky; top: 3.75rem; z-index: 2; padding: 0.5rem 0; background: var(--ground); }}
.st-key-{STEP} {{ scroll-margin-top: 7.5rem; }}
@media (max-width: 640px) {{
  /* Two rows of four. */
  .st-key-{CONTENTS} [role="radiogroup"] {{ display: grid; gap: 2px; width: 100%;
    grid-template-columns: repeat(4, 1fr); }}
  .st-key-{CONTENTS} button {{ padding: 0.1rem; min-height: 2rem; width: 100%; }}
  .st-key-{STEP} {{ scroll-margin-top: 9.5rem; }}
}}
</style>"""

# A reader who turns the page at its foot would stand at the foot of the next one.
_SCROLL = """<script>
(() => {{
  const root = document.documentElement, step = document.querySelector(".st-key-{container}");
  const turned = root.dataset.lessonStep && root.dataset.lessonStep !== "{step}";
  root.dataset.lessonStep = "{step}";
  const margin = step && parseFloat(getComputedStyle(step).scrollMarginTop);
  if (turned && step && step.getBoundingClientRect().top < margin) step.scrollIntoView();
}})();
</script>"""


def choose_step() -> None:
    """The contents list: every step by name."""
    st.html(_STYLE)
    with st.container(key=CONTENTS):
        st.segmented_control(
            "Step",
            STEPS,
            format_func=NAMES.get,
            required=True,
            label_visibility="collapsed",
            **bind("step", part=current().lesson),
        )


def step_container() -> DeltaGenerator:
    """Where the chosen step stands."""
    return st.container(key=STEP)


def turn_pages() -> None:
    """Buttons for the step before and the next one."""
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
    st.html(_SCROLL.format(container=STEP, step=state.lesson.step), unsafe_allow_javascript=True)
