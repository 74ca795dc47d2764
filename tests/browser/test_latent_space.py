"""The explorer and the traversals in a real browser: sliders, pictures, the player, downloads, the way between them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.browser.pen import draw_stroke, settle
from ui.latent_space.directions import directions
from vae.checkpoints import load
from vae.data import load_mnist
from vae.latent import traverse
from vae.presets import DEFAULT_MODEL


@pytest.fixture
def visit(open_page):
    """A function that opens a page of the app and waits until it is live, (path, width, dark) -> (page, watch)."""

    def visit(path: str, width: int = 1280, dark: bool = False):
        page, watch = open_page(path, width, dark)
        page.get_by_text("How to read it").wait_for()
        wait_until_live(page)
        return page, watch

    return visit


PLAYER = ".player canvas"
PIXELS = "canvas => canvas.toDataURL()"
SHADES = (
    "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    ".filter((_, i) => i % 4 === 0)"
)


def wait_until_live(page):
    page.wait_for_function("document.documentElement.dataset.live === 'running'", timeout=120_000)


def shades(canvas):
    """A canvas's pixels, uint8 (28, width)."""
    return np.array(canvas.evaluate(SHADES), np.uint8).reshape(28, -1)


def strip(page, label):
    """The pictures along a row, once all of them are decoded."""
    canvas = page.get_by_role("img", name=re.compile(f"^{label}, from"))
    last = "canvas => canvas.getContext('2d').getImageData(canvas.width - 1, 0, 1, 1).data[3] === 255"
    page.wait_for_function(last, arg=canvas.element_handle())
    return np.stack([shades(canvas)[:, 29 * n : 29 * n + 28] for n in range(7)])


def row(page, number):
    return page.get_by_role("button", name=re.compile(f"^PC {number} ·"))


def pixels(page):
    return page.locator(PLAYER).evaluate(PIXELS)


def wait_for_change(page, before):
    page.wait_for_function(
        "([before, find]) => [...document.querySelectorAll('*')].some(host => "
        "[...(host.shadowRoot?.querySelectorAll(find) ?? [])].some(canvas => canvas.toDataURL() !== before))",
        arg=[before, PLAYER],
    )


def errors(watch):
    # Asked for a page by its path, Streamlit's script looks for the server beneath that path first.
    return [line for line in watch.console_errors if "404" not in line]


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def first_slider(page):
    """The first component's slider."""
    return page.get_by_role("slider", name=re.compile(r"^(PC 1 ·|Principal component 1\b)")).first


def wait_for_value(page, value):
    page.wait_for_function(
        "([slider, value]) => Math.abs(slider.value - value) < 1e-6",
        arg=[first_slider(page).element_handle(), value],
    )


def test_slider_moves_by_key_and_undo_takes_it_back(visit):
    page, watch = visit("latent_space")
    slider = first_slider(page)
    slider.wait_for(state="attached")
    before = float(slider.input_value())
    slider.focus()
    page.keyboard.press("ArrowRight")
    undo = page.get_by_role("button", name="Undo a move")
    page.wait_for_function("button => !button.disabled", arg=undo.element_handle())
    wait_for_value(page, before + 0.05)
    undo.click()
    page.wait_for_function("button => button.disabled", arg=undo.element_handle())
    wait_for_value(page, before)
    assert watch.foreign_requests == [] and errors(watch) == []


def test_player_plays_pauses_and_follows_the_position(visit):
    page, watch = visit("traversals")
    page.locator(PLAYER).wait_for()
    wait_for_change(page, pixels(page))
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Play").wait_for()
    still = pixels(page)
    page.wait_for_timeout(300)
    assert pixels(page) == still
    position = page.get_by_role("slider", name=re.compile("^Position"))
    position.focus()
    page.keyboard.press("Home")
    assert position.get_attribute("aria-valuetext") == "−3.0 sd"
    page.wait_for_timeout(100)
    start = pixels(page)
    page.keyboard.press("End")
    assert position.get_attribute("aria-valuetext") == "+3.0 sd"
    page.wait_for_timeout(100)
    assert pixels(page) != start
    assert watch.foreign_requests == [] and errors(watch) == []


def test_player_stands_still_where_less_motion_is_asked_for(visit):
    page, _ = visit("latent_space")
    page.emulate_media(reduced_motion="reduce")
    page.goto(page.url.replace("latent_space", "traversals"))
    page.get_by_text("+0.0 sd").wait_for()
    wait_until_live(page)
    assert page.get_by_role("button", name="Play").is_visible()
    still = pixels(page)
    page.wait_for_timeout(300)
    assert pixels(page) == still


def choose_row(page, number):
    """Clicks a row, and waits until it is played and the server has heard of it."""
    row(page, number).click()
    page.locator("strong", has_text=f"PC {number} ·").wait_for()
    page.wait_for_url(re.compile(f"row={number - 1}"))
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")


@pytest.mark.parametrize(
    "query", ["", "?model=notebook", "?along=dimensions", "?around=mean&rows=12", "?test=5"]
)
def test_pictures_along_the_rows_are_those_of_python(visit, query):
    page, watch = visit(f"traversals{query}")
    model = load("notebook" if "notebook" in query else DEFAULT_MODEL)
    image = load_mnist("test").images[[5 if "test" in query else 0]]
    code = model.components.mean if "mean" in query else model.vae.encode(image).z_mean[0]
    listed = directions(model, "dimensions" if "dimensions" in query else "components")
    for direction in (listed[0], listed[9]):
        expected = model.vae.decode(traverse(code, direction.vector[None], np.linspace(-3, 3, 7))[0])
        # A picture's shades are whole numbers: half of one, and what the browser's arithmetic may differ by.
        atol = 0.5 / 255 + 1e-3
        np.testing.assert_allclose(strip(page, direction.label) / 255, expected, rtol=0, atol=atol)
    assert watch.foreign_requests == [] and errors(watch) == []


def test_pictures_follow_the_pen_before_it_is_lifted(visit):
    page, _ = visit("traversals")
    before = strip(page, "PC 1 · [\\d.]+%")
    draw_stroke(page)
    page.wait_for_timeout(1000)
    assert np.abs(strip(page, "PC 1 · [\\d.]+%")[3].astype(int) - before[3]).max() > 100
    page.mouse.up()


def test_rows_are_buttons_for_keys_and_screen_readers(visit):
    page, _ = visit("traversals")
    row(page, 1).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("strong", has_text="PC 2 ·").wait_for()
    pressed = [row(page, number).get_attribute("aria-pressed") for number in (1, 2)]
    assert pressed == ["false", "true"]
    page.wait_for_url(re.compile("row=1"))
    page.reload()
    page.locator("strong", has_text="PC 2 ·").wait_for()


def test_the_picture_of_a_row_can_be_clicked_as_well(visit):
    page, _ = visit("traversals")
    page.get_by_role("img", name=re.compile("^PC 4 ·")).click()
    page.locator("strong", has_text="PC 4 ·").wait_for()


def test_the_chosen_row_is_saved_as_a_gif_and_all_as_a_slide(visit):
    page, _ = visit("traversals")
    choose_row(page, 3)
    settle(page)
    page.get_by_role("button", name="Save").click()
    for kind in ("GIF", "PNG"):
        with page.expect_download() as download:
            page.get_by_role("dialog").get_by_role("button", name=kind).click()
        assert download.value.suggested_filename == f"walks-through-the-latent-space.{kind.lower()}"
        with Image.open(Path(download.value.path())) as image:
            assert image.format == kind


def test_row_opens_in_the_explorer_on_top(visit):
    page, watch = visit("traversals")
    choose_row(page, 3)
    page.get_by_role("button", name="Open in the explorer").click()
    page.get_by_role("slider", name=re.compile(r"^(PC 3 ·|Principal component 3\b)")).first.wait_for(
        state="attached"
    )
    names = page.get_by_role("slider", name=re.compile(r"^(PC \d+ ·|Principal component \d+\b)"))
    assert re.match(r"(PC|Principal component) 3\b", names.first.get_attribute("aria-label"))
    assert errors(watch) == []


@pytest.mark.parametrize("path", ["latent_space", "traversals"])
def test_page_fits_a_phone(visit, path):
    page, _ = visit(path, width=390, dark=True)
    page.wait_for_timeout(500)
    assert overflow(page) <= 0
