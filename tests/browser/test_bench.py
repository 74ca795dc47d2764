"""The bench in a real browser: a whole canvas, the result in sight, and drawings that stay, go and come back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.pen import (
    CANVAS,
    RUNNING,
    SEVEN,
    digit_name,
    draw,
    draw_stroke,
    ink,
    settle,
    shown,
    wait_until_it_stands_still,
)
from vae import drawing

SIDE = drawing.CANVAS_SIDE
WIDTHS = (320, 360, 390, 480, 640, 641, 768, 844, 1024, 1230, 1366, 1920, 2560)
SCREENS = ((1366, 768), (1024, 768), (1920, 1080), (390, 844), (844, 390))
# Every control of the bench, and how far it reaches.
CONTROLS = """() => [...document.querySelectorAll(".st-key-bench :is(button, input)")]
  .filter((control) => control.checkVisibility()).map((control) => {
    const box = control.getBoundingClientRect();
    const name = control.innerText || control.ariaLabel || control.type;
    return [name, box.left, box.right, control.scrollWidth - control.clientWidth];
  })"""
# Whether a point of the canvas, in its own pixels, can be hit by the pen.
HIT = """([x, y]) => {
  const host = [...document.querySelectorAll(".st-key-pad *")].find((one) => one.shadowRoot?.querySelector(".dc-root"));
  const box = host.shadowRoot.querySelector("canvas.upper-canvas").getBoundingClientRect();
  return host.shadowRoot.elementFromPoint(box.left + x, box.top + y)?.classList.contains("upper-canvas") ?? false;
}"""


def see(page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    wait_until_it_stands_still(page, page.locator(CANVAS))


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_the_whole_square_can_be_drawn_on_at_every_width_and_no_control_is_cut_off(chromium, app_url, ratio):
    context = chromium.new_context(viewport={"width": 1366, "height": 900}, device_scale_factor=ratio)
    page = context.new_page()
    page.goto(app_url)
    settle(page)
    for width in WIDTHS:
        see(page, width, 900)
        box = page.locator(CANVAS).bounding_box()
        assert (box["width"], box["height"]) == (SIDE, SIDE), width
        assert box["x"] >= 0 and box["x"] + SIDE <= width, width
        for corner in ((1, 1), (SIDE - 2, 1), (1, SIDE - 2), (SIDE - 2, SIDE - 2), (SIDE / 2, SIDE / 2)):
            assert page.evaluate(HIT, corner), (width, corner)
        for name, left, right, hidden in page.evaluate(CONTROLS):
            assert left >= 0 and right <= width and hidden <= 1, (width, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_a_stroke_from_corner_to_corner_is_drawn_whole(open_page):
    page, _ = open_page(width=1024)
    settle(page)
    draw(page, ((3, 3), (SIDE - 3, SIDE - 3)), ((SIDE - 3, 3), (3, SIDE - 3)))
    # Two diagonals of a pen that is 22 pixels wide.
    assert ink(page) > 0.9 * 2 * 22 * SIDE * 2**0.5
    assert digit_name(page) == "My drawing"


# The bench is the same on all pages but the first, which has the result itself.
@pytest.mark.parametrize("address", ["", "latent_space", "kl_dial"])
def test_what_the_model_makes_of_a_stroke_is_in_sight_while_it_is_drawn(open_page, address):
    page, watch = open_page(address)
    settle(page)
    for width, height in SCREENS:
        see(page, width, height)
        before = shown(page, "denoised")
        draw_stroke(page, ((60, 70), (190, 90), (120 + width % 50, 200)))
        page.wait_for_timeout(150)
        assert np.abs(shown(page, "denoised") - before).max() > 0.2
        box = page.locator('.live canvas[aria-label*="denoised"]').first.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height, (width, height, box)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
        page.mouse.up()
        settle(page)
        page.get_by_role("button", name="Clear").click()
        page.wait_for_function("!document.documentElement.hasAttribute('data-drawn')")
        settle(page)
    assert not [line for line in watch.console_errors if "404" not in line]


def test_the_first_stroke_moves_nothing_and_takes_the_invitation_away(open_page):
    page, _ = open_page()
    settle(page)
    invitation = "getComputedStyle(document.querySelector('.st-key-pad'), '::after').content"
    places = "[...document.querySelectorAll('h1, h3, button, .live')].map(e => e.getBoundingClientRect().top)"
    assert "Draw a digit here" in page.evaluate(invitation)
    before = page.evaluate(places)
    draw_stroke(page)
    page.wait_for_timeout(200)
    assert page.evaluate(invitation) == "none"
    assert page.evaluate(places) == before
    page.mouse.up()
    settle(page)
    assert page.evaluate(places) == before


def test_the_canvas_is_the_same_element_on_the_next_page_and_keeps_its_strokes(open_page):
    page, watch = open_page()
    settle(page)
    draw(page)
    before, address = ink(page), page.url.split("?")[1]
    page.locator(CANVAS).evaluate("canvas => { canvas.marked = true; }")
    page.get_by_role("link", name="Noise levels").click()
    page.get_by_role("heading", name="How much noise").wait_for()
    settle(page)
    assert page.locator(CANVAS).evaluate("canvas => canvas.marked")
    assert ink(page) == before > 5000
    assert digit_name(page) == "My drawing"
    assert page.url.split("?")[1] == address
    assert watch.foreign_requests == [] and watch.console_errors == []


def test_reload_and_link_show_the_same_to_the_pixel_and_back_takes_one_change_back(open_page, chromium):
    page, _ = open_page(width=1024)
    settle(page)
    draw(page, SEVEN, ((90, 150), (190, 150)))
    slider = page.get_by_role("slider", name="Noise level")
    slider.focus()
    slider.press("PageUp")
    page.wait_for_url("**level=0.6**")
    settle(page)
    denoised, address = shown(page, "denoised"), page.url
    page.reload()
    settle(page)
    assert page.url == address and digit_name(page) == "My drawing"
    np.testing.assert_array_equal(shown(page, "denoised"), denoised)
    assert ink(page) > 7000
    other = chromium.new_context(viewport={"width": 390, "height": 844}).new_page()
    other.goto(address)
    settle(other)
    np.testing.assert_array_equal(shown(other, "denoised"), denoised)
    assert other.get_by_role("slider", name="Noise level").input_value() == "0.6"
    other.close()
    # Each settled change is a step: here the first one back is the link itself, and those before it its making.
    page.go_back()
    page.wait_for_url(lambda url: "level=" not in url)
    settle(page)
    assert page.get_by_role("slider", name="Noise level").input_value() == "0.5"
    page.go_back()
    page.wait_for_url(lambda url: "." not in url.split("drawing=")[1])
    settle(page)
    assert 5000 < ink(page) < 7000


def test_a_page_chosen_from_the_menu_is_one_step_back(open_page):
    page, _ = open_page()
    settle(page)
    draw(page)
    address = page.url
    page.get_by_role("link", name="How it works").click()
    page.get_by_role("heading", name="How it works", exact=True).wait_for()
    settle(page)
    page.go_back()
    page.get_by_role("heading", name="Dig a digit").wait_for()
    settle(page)
    assert page.url == address and ink(page) > 5000


@pytest.mark.parametrize("way", ["button", "key"])
def test_undo_takes_the_last_stroke_back_and_clear_all(open_page, way):
    page, _ = open_page()
    settle(page)
    draw(page)
    one, denoised = ink(page), shown(page, "denoised")
    draw(page, ((90, 150), (190, 150)))
    assert ink(page) > one
    address = page.url
    if way == "button":
        page.get_by_role("button", name="Undo").click()
    else:
        page.keyboard.press("Control+z")
    page.wait_for_url(lambda url: url != address)
    settle(page)
    assert ink(page) == pytest.approx(one, rel=0.02)
    np.testing.assert_array_equal(shown(page, "denoised"), denoised)
    page.get_by_role("button", name="Clear").click()
    page.wait_for_url(lambda url: "drawing" not in url)
    settle(page)
    assert ink(page) == 0 and digit_name(page).startswith("Test digit 0")


def test_start_over_brings_back_a_first_visit(open_page):
    page, _ = open_page("?level=0.9&seed=7&noise=blur")
    settle(page)
    draw(page)
    page.get_by_role("button", name="calibrated · Blur").click()
    page.get_by_role("button", name="Start over").click()
    page.wait_for_url(lambda url: "?" not in url)
    settle(page)
    assert ink(page) == 0
    assert page.get_by_role("slider", name="Noise level").input_value() == "0.5"


def test_the_canvass_own_toolbar_is_out_of_sight_and_out_of_reach(open_page):
    page, _ = open_page()
    settle(page)
    page.locator(CANVAS).hover(position={"x": 250, "y": 10})
    page.wait_for_timeout(500)
    assert not page.locator(".dc-toolbar").is_visible()


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        (((100, 100), (106, 104)), drawing.SPECK),
        (tuple((40 if n % 2 else 240, 40 + 8 * n) for n in range(26)), drawing.BLOB),
        (((2, 2), (278, 2), (278, 278), (2, 278), (2, 2)), "My drawing"),
    ],
    ids=["a speck", "a filled area", "a box along the rim"],
)
def test_browser_and_server_say_the_same_of_a_stroke_and_show_what_they_say(open_page, points, sentence):
    page, _ = open_page()
    settle(page)
    example = shown(page, "denoised")
    draw_stroke(page, points)
    page.wait_for_timeout(200)
    live = digit_name(page), (shown(page, "denoised") == example).all()
    page.mouse.up()
    page.wait_for_url("**drawing=**")
    settle(page)
    assert live == (digit_name(page), (shown(page, "denoised") == example).all())
    assert live == (sentence, sentence != "My drawing")


def test_a_small_digit_looks_to_the_model_like_a_large_one(open_page):
    page, _ = open_page("?level=0")
    settle(page)
    seen = []
    for scale in (1.0, 0.3):
        draw(page, tuple((140 + scale * (x - 140), 140 + scale * (y - 140)) for x, y in SEVEN))
        seen.append(shown(page, "noisy"))
        page.get_by_role("button", name="Clear").click()
        page.wait_for_url(lambda url: "drawing" not in url)
        settle(page)
    large, small = seen
    assert small.sum() == pytest.approx(large.sum(), rel=0.05)
    assert np.corrcoef(large.ravel(), small.ravel())[0, 1] > 0.95


def test_a_picture_that_is_uploaded_gives_way_to_the_drawing_as_it_was(open_page):
    page, _ = open_page()
    settle(page)
    draw(page)
    before, denoised = ink(page), shown(page, "denoised")
    page.get_by_text("Upload", exact=True).click()
    page.locator("input[type=file]").wait_for(state="attached")
    page.get_by_text("Draw", exact=True).click()
    page.locator(CANVAS).wait_for()
    settle(page)
    assert ink(page) == pytest.approx(before, rel=0.02)
    np.testing.assert_array_equal(shown(page, "denoised"), denoised)


def test_a_damaged_link_gives_the_page_its_defaults_and_a_sentence(open_page):
    page, watch = open_page("latent_space?level=abc&drawing=%3Cscript%3E&seed=5&from=mean")
    settle(page)
    page.get_by_text("2 settings of this link could not be used").wait_for()
    page.wait_for_url("**from=mean**")
    assert "seed=5" in page.url and "script" not in page.url
    assert watch.foreign_requests == []


@pytest.mark.parametrize(
    ("address", "name", "before", "after"),
    [("noise_levels", "Noise level", 0.5, 0.3), ("generate", "Temperature", 1.0, 0.6)],
    ids=["a live slider", "Streamlit's own"],
)
def test_a_finger_that_scrolls_past_a_slider_does_not_move_it_and_one_that_slides_does(
    chromium, app_url, address, name, before, after
):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{app_url}/{address}")
    settle(page)
    touch = context.new_cdp_session(page)
    slider = page.get_by_role("slider", name=name)
    main = "document.querySelector('[data-testid=stMain]')"

    def value() -> float:
        return float(slider.get_attribute("aria-valuenow") or slider.input_value())

    def swipe(across: float, down: float) -> None:
        slider.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        box = slider.evaluate(
            "s => (s.closest('[data-testid=stSlider], .track') ?? s).getBoundingClientRect().toJSON()"
        )
        x, y = box["left"] + box["width"] / 2, box["bottom"] - 14
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for share in np.linspace(0, 1, 12):
            point = {"x": x + share * across * box["width"], "y": y + share * down}
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(800)

    scrolled = page.evaluate(f"{main}.scrollTop")
    swipe(0, -200)
    assert value() == before
    assert page.evaluate(f"{main}.scrollTop") > scrolled + 50
    swipe(-0.2, 0)
    assert value() == pytest.approx(after, abs=0.12)
    context.close()


def test_on_a_phone_the_menu_closes_when_a_page_is_chosen(chromium, app_url):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(app_url)
    page.wait_for_function(RUNNING)
    page.get_by_test_id("stExpandSidebarButton").tap()
    link = page.get_by_test_id("stSidebarNavLink").filter(has_text="Noise levels")
    link.tap()
    page.get_by_role("heading", name="How much noise").wait_for()
    page.wait_for_timeout(1000)
    assert not link.is_visible() or link.bounding_box()["x"] < 0
    context.close()
