"""A class in Chromium: the projector, the keys, a room with two visitors, a link that hides parts."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.browser.pen import settle, shown
from ui.teaching.plan import PLAN, address_of

# The sizes of all text that is seen, in pixels of the screen: SVG may be scaled.
SIZES = """() => {
  const found = [];
  const look = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) look(element.shadowRoot);
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
      if (!own || /^(STYLE|SCRIPT|OPTION|NOSCRIPT|TITLE)$/i.test(element.tagName)) continue;
      const box = element.getBoundingClientRect();
      if (box.width < 2 || box.height < 2 || !element.checkVisibility({ visibilityProperty: true })) continue;
      // Read aloud alone.
      if (element.closest("[style*=clip], .spoken, .visually-hidden")) continue;
      const style = getComputedStyle(element);
      if (style.clipPath !== "none" && box.width < 3) continue;
      found.push([parseFloat(style.fontSize), element.textContent.trim().slice(0, 40)]);
    }
  };
  look(document.querySelector("[data-testid=stMain]"));
  return found;
}"""


def open_projector(open_page, place: int):
    page, watch = open_page(f"{address_of(place)}&present=yes", width=1024)
    page.set_viewport_size({"width": 1024, "height": 768})
    page.get_by_text(f"{place} of {len(PLAN)}").wait_for()
    settle(page)
    return page, watch


@pytest.mark.parametrize("place", [1, 2, 4, 6])
def test_nothing_on_the_projector_is_under_24_pixels_and_nothing_is_wider_than_it(open_page, place):
    page, watch = open_projector(open_page, place)
    page.keyboard.press("a")
    page.get_by_text("The answer: ").wait_for()
    settle(page)
    assert [(size, text) for size, text in page.evaluate(SIZES) if size < 24] == []
    main = "document.querySelector('[data-testid=stMain]')"
    assert page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")
    assert (
        not page.locator(".st-key-bench").is_visible()
        and not page.locator("[data-testid=stHeader]").is_visible()
    )
    assert watch.console_errors == []


def test_arrow_keys_turn_the_steps_but_not_while_they_move_a_slider(open_page):
    page, watch = open_projector(open_page, 1)
    page.keyboard.press("ArrowRight")
    page.get_by_text(f"2 of {len(PLAN)}").wait_for()
    page.wait_for_url("**/noise_levels?**")
    settle(page)
    slider = page.get_by_role("slider", name="How many levels")
    slider.focus()
    before = int(slider.input_value())
    slider.press("ArrowRight")
    page.wait_for_timeout(800)
    assert int(slider.input_value()) == before + 1
    assert page.get_by_text(f"2 of {len(PLAN)}").is_visible()
    slider.evaluate("element => element.blur()")
    page.keyboard.press("ArrowLeft")
    page.get_by_text(f"1 of {len(PLAN)}").wait_for()
    assert watch.console_errors == []


def test_the_bench_comes_and_goes_with_a_key_and_keeps_its_canvas(open_page):
    page, _ = open_projector(open_page, 1)
    page.evaluate("document.querySelector('.st-key-bench').marked = true")
    page.keyboard.press("b")
    page.locator(".st-key-bench").wait_for(state="visible")
    page.keyboard.press("b")
    page.locator(".st-key-bench").wait_for(state="hidden")
    assert page.evaluate("document.querySelector('.st-key-bench').marked")


def test_a_denoised_picture_is_covered_until_there_is_a_guess(open_page):
    page, _ = open_page(address_of(1))
    settle(page)
    covered = "[...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.machine .denoised canvas'))"
    of = f"getComputedStyle({covered}.find(Boolean)).filter"
    assert "contrast(0)" in page.evaluate(of)
    assert np.std(shown(page, "denoised")) > 0.1  # It is there: only covered.
    page.get_by_role("button", name="the same digit").click()
    page.get_by_text("The answer:").or_(page.get_by_text("Right.")).wait_for()
    page.wait_for_function(f"{of} === 'none'")


def test_a_class_guesses_in_a_room_and_its_teacher_sees_the_tally(chromium, app_url, open_page):
    teacher, watch = open_page("lesson")
    teacher.get_by_role("button", name="Open a room").click()
    code = re.search(r"[A-Z]{4}", teacher.get_by_text("You opened room").inner_text()).group()
    teacher.get_by_role("button", name="Begin").click()
    teacher.get_by_text("Room " + code + ": 0 guesses so far").wait_for()
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    student = context.new_page()
    student.set_default_timeout(60_000)
    student.goto(f"{app_url}/{address_of(1)}&room={code}")
    student.get_by_role("button", name="another digit").click()
    teacher.get_by_text("Room " + code + ": 1 guess so far").wait_for()
    student.get_by_text("It counts.").wait_for()
    assert (
        not student.get_by_text("so far").is_visible() and not student.get_by_text("The answer:").is_visible()
    )
    teacher.keyboard.press("a")
    teacher.get_by_text("another digit: 1").wait_for()
    student.get_by_text("The answer: the same digit.").wait_for()
    teacher.keyboard.press("ArrowRight")
    student.get_by_role("button", name="is at step 2: go there").click()
    student.get_by_text(f"2 of {len(PLAN)}").wait_for()
    # Who enters by the four letters comes to where the teacher is, and is asked the same.
    student.goto(f"{app_url}/lesson")
    student.get_by_label("Enter a room: its four letters").fill(code.lower())
    student.keyboard.press("Enter")
    student.get_by_role("button", name="by 0.8").click()
    teacher.get_by_text("Room " + code + ": 1 guess so far").wait_for()
    # A teacher who reloads is still the teacher.
    teacher.reload()
    teacher.get_by_text("Room " + code + ": 1 guess so far").wait_for()
    context.close()
    assert watch.console_errors == []


def test_a_link_hides_parts_and_its_reader_can_show_them(open_page):
    page, _ = open_page("kl_dial?hide=claims,bench")
    settle(page)
    heading = page.get_by_role("heading", name="What the numbers say")
    heading.wait_for(state="hidden")
    assert not page.locator(".st-key-bench").is_visible()
    page.get_by_role("button", name="Show the hidden parts").click()
    heading.wait_for(state="visible")
    page.locator(".st-key-bench").wait_for(state="visible")
    page.wait_for_url(lambda url: "hide" not in url)
