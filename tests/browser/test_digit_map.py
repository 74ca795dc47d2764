"""The map of the test digits in a real browser: a digit shows at the pointer, and a click takes it."""

import re

import numpy as np
import pytest

from tests.browser.pen import settle, shown
from ui.show.colours import CLASS_COLOURS
from ui.show.pictures import tile
from vae.checkpoints import load, load_reader
from vae.data import load_mnist

MAP = '[data-part="over"]'


@pytest.fixture
def digit_map(open_page):
    page, watch = open_page("digit_map")
    canvas = page.locator(MAP)
    # A fresh server first puts 10,000 digits on one sheet and encodes them.
    canvas.wait_for(timeout=180_000)
    canvas.scroll_into_view_if_needed()
    # The browser fetches dots and pictures by their addresses.
    page.wait_for_function("scatter => scatter.scatter?.points && scatter.scatter.sheet", arg=scatter(page))
    return page, canvas, watch


def scatter(page):
    return page.locator('[data-part="scatter"]').element_handle()


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
    page.locator(".digit-name", has_text=re.compile(rf"^Test digit {index}, a \d$")).wait_for()
    assert watch.foreign_requests == []
    assert not [line for line in watch.console_errors if "404" not in line]


def test_the_keyboard_goes_to_a_digit_and_takes_it(digit_map):
    page, canvas, _ = digit_map
    canvas.focus()
    page.keyboard.press("ArrowRight")
    tip = page.locator('[data-part="tip"]')
    index = int(re.search(r"Test digit (\d+),", tip.inner_text())[1])
    page.keyboard.press("Enter")
    page.locator(".digit-name", has_text=re.compile(rf"^Test digit {index}, a \d$")).wait_for()


def test_the_whole_map_reaches_to_a_mark_that_lies_outside_all_dots(digit_map):
    page, _, _ = digit_map
    far = """root => {
      const { scatter } = root;
      scatter.update({ ...scatter.data, marks: [{ ...scatter.data.marks[0], x: -0.5, y: 1.2 }] });
      const [left, top] = scatter.place(-0.5, 1.2);
      const [right, bottom] = scatter.place(1, 0);
      return [left, top, scatter.width - right, scatter.height - bottom];
    }"""
    assert min(scatter(page).evaluate(far)) >= 0


def test_legend_hides_and_shows_a_class(digit_map):
    page, _, _ = digit_map
    button = page.get_by_role("button", name="Show class 3")
    count = "root => root.scatter.inSight().length"
    everyone = scatter(page).evaluate(count)
    button.click()
    threes = int((load_mnist("test").labels == 3).sum())
    assert button.get_attribute("aria-pressed") == "false"
    assert everyone == 10_000 and scatter(page).evaluate(count) == everyone - threes


COLOURS = (
    "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].filter((_, i) => i % 4 < 3)"
)
# How much of a picture's colour is that of its reading: the rest is white.
TINT = 0.65


@pytest.mark.parametrize("through", ["mean", "digit"])
def test_the_plane_in_the_browser_is_pythons_in_the_colours_of_what_it_reads_as(open_page, through):
    page, watch = open_page(f"digit_map?map=plane&through={through}&test=4")
    canvas = page.get_by_role("img", name="Digits decoded")
    canvas.wait_for(timeout=120_000)
    full = "c => c.getContext('2d').getImageData(c.width - 1, c.height - 1, 1, 1).data[3] === 255"
    page.wait_for_function(full, arg=canvas.element_handle())
    model, steps = load("calibrated"), np.linspace(-3, 3, 15)
    centre = model.components.mean
    if through == "digit":
        centre = model.vae.encode(load_mnist("test").images[4:5]).z_mean[0]
    across, up = np.meshgrid(steps, steps[::-1])
    codes = model.components.move(centre, np.stack([across.ravel(), up.ravel()], axis=1))
    images = model.vae.decode(codes)
    readings = load_reader().reader.read(images).argmax(axis=1)
    assert len(set(readings)) > 2
    classes = np.array([[int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] for colour in CLASS_COLOURS])
    tints = 1 - TINT + TINT * classes[readings]
    expected = np.stack([tile(images * tint[:, None, None], 15, gap=0) for tint in tints.T], axis=-1)
    shown = np.array(canvas.evaluate(COLOURS)).reshape(expected.shape) / 255
    # A picture's shades are whole numbers: half of one, and what the browser's arithmetic may differ by.
    np.testing.assert_allclose(shown, expected, rtol=0, atol=0.5 / 255 + 1e-3)
    assert watch.foreign_requests == []


def test_a_click_brings_the_nearer_pin_and_the_link_keeps_both(open_page):
    page, watch = open_page("digit_map?map=plane")
    canvas = page.get_by_role("img", name="Digits decoded")
    canvas.wait_for(timeout=120_000)
    settle(page)
    model = load("calibrated")
    box = canvas.bounding_box()
    # A sixth of the way from the right is two standard deviations, a sixth from the top too.
    page.mouse.click(box["x"] + box["width"] * 5 / 6, box["y"] + box["height"] / 6)
    page.wait_for_url("**pins=**")
    expected = model.vae.decode(model.components.move(model.components.mean, np.array([[2.0, 2.0]])))[0]
    np.testing.assert_allclose(shown(page, "Pin B"), expected, atol=0.05)
    page.get_by_role("button", name="Pin A").press("ArrowUp")
    page.wait_for_url(lambda url: "-1.5%2C0.1" in url or "-1.5,0.1" in url)
    before = shown(page, "Pin A")
    page.reload()
    settle(page)
    np.testing.assert_array_equal(shown(page, "Pin A"), before)
    assert page.locator(".stations span").count() == 9
    assert watch.foreign_requests == []
