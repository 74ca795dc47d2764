"""Uploads in a real browser: a photo is read, a choice offered, a turn taken, and what is refused is told in words."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.pen import digit_name, settle, shown
from tests.photos import encoded
from vae.data import load_mnist
from vae.photo import read_picture


@pytest.fixture
def upload(open_page):
    """A function that uploads a file, (name, bytes) -> page, on a page whose noise is off."""
    page, watch = open_page("?level=0")
    settle(page)
    page.get_by_text("Upload", exact=True).click()
    files = page.locator("input[type=file]")
    files.wait_for(state="attached")

    def upload(name: str, data: bytes):
        files.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": data})
        return page

    yield upload
    assert watch.foreign_requests == []


def test_an_mnist_digit_is_taken_to_the_last_bit(upload):
    image = load_mnist("test").images[26]
    page = upload("digit.png", encoded(np.round(image * 255).astype(np.uint8)))
    page.get_by_text("used unchanged").wait_for()
    settle(page)
    np.testing.assert_allclose(shown(page, "noisy"), image, atol=0.5 / 255)
    page.reload()
    settle(page)
    np.testing.assert_allclose(shown(page, "noisy"), image, atol=0.5 / 255)


def test_of_two_digits_one_is_chosen_and_a_turned_picture_is_read_again(upload):
    one, two = load_mnist("test").images[[2, 1]]
    sheet = np.full((400, 800), 245.0)
    for left, digit in ((60, one), (480, two)):
        sheet[70:322, left : left + 252] -= 220 * np.kron(digit, np.ones((9, 9)))
    data = encoded(sheet.astype(np.uint8))
    candidates = read_picture(data).candidates
    assert len(candidates) == 2
    page = upload("two.png", data)
    page.get_by_text("Several things here look like digits").wait_for()
    settle(page)
    np.testing.assert_allclose(shown(page, "noisy"), candidates[0].digit, atol=1 / 255)
    page.get_by_role("button", name="2", exact=True).click()
    page.get_by_alt_text("with a frame around digit 2 of 2").wait_for()
    settle(page)
    np.testing.assert_allclose(shown(page, "noisy"), candidates[1].digit, atol=1 / 255)
    page.get_by_role("button", name="Turn the picture").click()
    page.get_by_alt_text("with a frame around digit 1").wait_for()
    settle(page)
    turned = read_picture(data, turns=1).candidates[0].digit
    np.testing.assert_allclose(shown(page, "noisy"), turned, atol=1 / 255)


def test_what_is_no_picture_is_refused_in_words_and_the_example_stands_in(upload):
    page = upload("fake.png", b"not a picture")
    page.get_by_text("This file is not a picture").wait_for()
    settle(page)
    assert digit_name(page).startswith("Test digit 0")


def test_a_name_is_shown_as_the_letters_that_it_is(upload):
    name = "![x](http:--example.org) **b** :smile: <img src=x>.png"
    image = np.round(load_mnist("test").images[3] * 255).astype(np.uint8)
    page = upload(name, encoded(image))
    page.get_by_text("used unchanged").wait_for()
    said = page.locator(".st-key-bench [data-testid=stCaptionContainer]").all_inner_texts()
    assert any(name in line.replace("\N{WORD JOINER}", "") for line in said)
    assert page.locator(".st-key-bench [data-testid=stCaptionContainer] :is(img, a, strong)").count() == 0
