"""The map of the test digits in a real browser: a digit shows at the pointer, and a click takes it."""

import re

import pytest

MAP = '[data-part="over"]'


@pytest.fixture
def digit_map(open_page):
    page, watch = open_page("digit_map")
    canvas = page.locator(MAP)
    # A fresh server first puts 10,000 digits on one sheet and encodes them.
    canvas.wait_for(timeout=180_000)
    canvas.scroll_into_view_if_needed()
    # The sheet of digits comes in a message of its own.
    page.wait_for_function("globalThis.digitSheet")
    return page, canvas, watch


def hover_a_digit(page, canvas) -> int:
    """Moves the pointer over the map until it finds a digit, and returns its number."""
    box = canvas.bounding_box()
    tip = page.locator('[data-part="tip"]')
    for share in (0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65):
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * 0.5)
        if tip.is_visible():
            return int(re.search(r"Test digit (\d+), a \d", tip.inner_text())[1])
    raise AssertionError("no digit was found under the pointer")


def test_a_digit_shows_at_the_pointer(digit_map):
    page, canvas, _ = digit_map
    hover_a_digit(page, canvas)
    ink = page.locator('[data-part="digit"]').evaluate(
        "canvas => canvas.getContext('2d').getImageData(0, 0, 28, 28).data.filter((v, i) => i % 4 === 0 && "
        "v > 100).length"
    )
    assert ink > 10


def test_a_click_takes_the_digit(digit_map):
    page, canvas, watch = digit_map
    index = hover_a_digit(page, canvas)
    page.mouse.down()
    page.mouse.up()
    page.get_by_text(re.compile(rf"My digit: Test digit {index}, a \d")).wait_for()
    assert watch.foreign_requests == []
    assert not [line for line in watch.console_errors if "404" not in line]


def test_the_keyboard_goes_to_a_digit_and_takes_it(digit_map):
    page, canvas, _ = digit_map
    canvas.focus()
    page.keyboard.press("ArrowRight")
    tip = page.locator('[data-part="tip"]')
    index = int(re.search(r"Test digit (\d+),", tip.inner_text())[1])
    page.keyboard.press("Enter")
    page.get_by_text(re.compile(rf"My digit: Test digit {index}, a \d")).wait_for()
