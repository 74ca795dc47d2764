"""The bench beside every page: the digit, the canvas, the noise, the model, and the result."""

from __future__ import annotations

import streamlit as st

from ui.bench.digit import choose_digit
from ui.bench.model import describe_choice, pick_model, usable_model
from ui.bench.noise import choose_corruption, choose_level, choose_seed
from ui.components import live
from ui.show import pictures
from ui.show.layout import RESULT, SAVE, SETTINGS, SHARE
from ui.show.pictures import Picture
from ui.show.plain_text import as_plain_text
from ui.show.reading import reads_as
from ui.state import TEXT_SIZES, bind_folded, current


def draw_bench(page: str, shows_result: bool, follows: bool, has_pictures: bool) -> None:
    """Draws the bench.

    Args:
        page: The page's file in pages/, without its ending.
        shows_result: Whether it shows the noisy and the denoised digit and the noise level; not on a page that shows
            them itself.
        follows: Whether the page follows the digit in the browser: then a new digit reruns only this part of the
            bench.
        has_pictures: Whether the page has pictures to save.
    """
    state = current()
    if follows and state.live:
        st.fragment(_draw_digit_alone)(shows_result)
    else:
        with (
            st.container()
        ):  # A fragment has a container of its own; this one keeps the canvas in place from page to page.
            _draw_digit(shows_result)
    with st.container(key=SETTINGS, horizontal=True, gap="small"):
        with st.popover(describe_choice(), icon=":material/tune:", width="stretch"):
            pick_model()
            choose_corruption()
            choose_seed()
            choose_text_size()
            st.button(
                "Start over",
                icon=":material/restart_alt:",
                help="Resets all settings and empties the canvas.",
                on_click=state.start_over,
            )
        shares = st.button(
            "Share",
            key=SHARE,
            icon=":material/qr_code_2:",
            help="The address of what you see, and its QR code.",
        )
        saves = has_pictures and st.button(
            "Save",
            key=SAVE,
            icon=":material/download:",
            help="The page's pictures as files for slides, and as Python.",
        )
    if saves:
        from ui.export.save import show_save

        show_save(page)
    if shares:
        # Only now: its library takes longer than the whole bench.
        from ui.bench.share import show_share

        show_share()


def choose_text_size() -> None:
    """Lets the visitor choose how large the text is."""
    given, bound = bind_folded("text", current().classroom)
    st.segmented_control(
        "Text size",
        list(TEXT_SIZES),
        default=given,
        format_func=str.capitalize,
        required=True,
        help="Light or dark is chosen in the menu ⋮ at the upper right.",
        **bound,
    )


def _draw_digit_alone(shows_result: bool) -> None:
    if not current().live:  # A view has failed since the page ran: it needs Streamlit's widgets too.
        st.rerun()
    _draw_digit(shows_result)
    current().write_address()


def _draw_digit(shows_result: bool) -> None:
    choose_digit()
    model = usable_model()
    if model is not None:
        with st.container(key=RESULT):
            live.bench_view(model, shows_result, show_by_reruns)


def show_by_reruns(shows_result: bool) -> None:
    """The digit's name, the pictures and the noise level, with Streamlit's own widgets."""
    state, model = current(), usable_model()
    st.caption(state.drawing.problem or as_plain_text(state.digit.title))
    if not shows_result:
        return
    noisy = state.corrupt(state.digit.image[None])
    denoised = model.vae.denoise(noisy)[0]
    caption = reads_as(model, denoised, "Denoised")
    pictures.show([Picture(noisy[0], "Noisy"), Picture(denoised, caption)])
    choose_level()
