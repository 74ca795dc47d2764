"""The explorer and the traversals in a real browser: sliders, the player, downloads, the way between them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def visit(open_page):
    """A function that goes to a page of the app by the sidebar, (title, width, dark) -> (page, watch)."""

    def visit(title: str, width: int = 1280, dark: bool = False):
        page, watch = open_page("", 1280, dark)
        page.get_by_test_id("stSidebarNav").get_by_text(title, exact=True).click()
        page.get_by_text("How to read it").wait_for()
        page.set_viewport_size({"width": width, "height": 900})
        return page, watch

    return visit


PLAYER = '[data-part="screen"]'
PIXELS = "canvas => canvas.toDataURL()"


def pixels(page):
    return page.locator(PLAYER).evaluate(PIXELS)


def wait_for_change(page, before):
    page.wait_for_function(
        "([before, find]) => [...document.querySelectorAll('*')].some(host => "
        "[...(host.shadowRoot?.querySelectorAll(find) ?? [])].some(canvas => canvas.toDataURL() !== before))",
        arg=[before, PLAYER],
    )


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
    page, watch = visit("Latent space")
    # Before, the slider might still be without its model.
    page.wait_for_function("document.documentElement.dataset.live === 'running'", timeout=120_000)
    slider = first_slider(page)
    slider.wait_for(state="attached")
    before = float(slider.input_value())
    slider.focus()
    page.keyboard.press("ArrowRight")
    undo = page.get_by_role("button", name="Undo")
    page.wait_for_function("button => !button.disabled", arg=undo.element_handle())
    wait_for_value(page, before + 0.05)
    undo.click()
    page.wait_for_function("button => button.disabled", arg=undo.element_handle())
    wait_for_value(page, before)
    assert watch.foreign_requests == [] and watch.console_errors == []


def test_player_plays_pauses_and_follows_the_position(visit):
    page, watch = visit("Traversals")
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
    assert "−3.0 sd" in page.locator('[data-part="place"]').inner_text()
    start = pixels(page)
    page.keyboard.press("End")
    assert "+3.0 sd" in page.locator('[data-part="place"]').inner_text()
    assert pixels(page) != start
    assert watch.foreign_requests == [] and watch.console_errors == []


def test_player_stands_still_where_less_motion_is_asked_for(visit):
    page, _ = visit("Latent space")
    page.emulate_media(reduced_motion="reduce")
    page.get_by_test_id("stSidebarNav").get_by_text("Traversals", exact=True).click()
    page.get_by_text("+0.0 sd").wait_for()
    assert page.get_by_role("button", name="Play").is_visible()
    still = pixels(page)
    page.wait_for_timeout(300)
    assert pixels(page) == still


def test_chosen_row_is_played_and_downloaded(visit):
    page, _ = visit("Traversals")
    page.get_by_role("button", name=re.compile("^PC 3 ·")).click()
    page.locator("strong", has_text="PC 3 ·").wait_for()
    for kind, frames in (("GIF", 84), ("PNG", 1)):
        with page.expect_download() as download:
            page.get_by_role("button", name=kind).click()
        file = Path(download.value.path())
        assert download.value.suggested_filename == f"component-3.{kind.lower()}"
        with Image.open(file) as image:
            # Frames that look the same are stored as one.
            assert image.format == kind and 1 <= getattr(image, "n_frames", 1) <= frames


def test_row_opens_in_the_explorer_on_top(visit):
    page, watch = visit("Traversals")
    page.get_by_role("button", name=re.compile("^PC 3 ·")).click()
    page.locator("strong", has_text="PC 3 ·").wait_for()
    page.get_by_role("button", name="Open in the explorer").click()
    page.get_by_role("slider", name=re.compile(r"^(PC 3 ·|Principal component 3\b)")).first.wait_for(
        state="attached"
    )
    names = page.get_by_role("slider", name=re.compile(r"^(PC \d+ ·|Principal component \d+\b)"))
    assert re.match(r"(PC|Principal component) 3\b", names.first.get_attribute("aria-label"))
    assert watch.console_errors == []


@pytest.mark.parametrize("title", ["Latent space", "Traversals"])
def test_page_fits_a_phone(visit, title):
    page, _ = visit(title, width=390, dark=True)
    page.wait_for_timeout(500)
    assert overflow(page) <= 0
