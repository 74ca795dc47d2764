"""The page of noise levels in a real browser: drawing in the fold, an uploaded photo, and a narrow screen."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from tests.browser.pen import draw_stroke
from vae.data import load_mnist


def open_noise_levels(open_page, width: int = 1280):
    page, watch = open_page("", width)
    if width < 700:
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Noise levels").click()
    page.get_by_role("heading", name="How much noise can it take?").wait_for()
    page.get_by_role("heading", name="The path in latent space").wait_for()
    return page, watch


def photo_of(digit: np.ndarray) -> bytes:
    """A digit in dark ink on paper that is lit unevenly, as a JPEG file."""
    paper = np.full((800, 600), 220.0) - np.linspace(0, 60, 600)[None, :]
    paper[150:654, 50:554] -= 150 * np.kron(digit, np.ones((18, 18)))
    paper += np.random.default_rng(0).normal(0, 4, paper.shape)
    buffer = io.BytesIO()
    Image.fromarray(np.clip(paper, 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def test_fold_stays_open_while_a_digit_is_drawn_and_named(open_page):
    page, watch = open_noise_levels(open_page)
    page.get_by_text("Draw, pick or upload a digit").click()
    draw_stroke(page)
    page.mouse.up()
    page.get_by_text("My digit: My drawing").wait_for()
    assert page.locator("canvas.upper-canvas").is_visible()
    assert watch.foreign_requests == []
    assert watch.console_errors == []


def test_photo_of_a_digit_becomes_mine_and_a_text_file_does_not(open_page):
    page, _ = open_noise_levels(open_page)
    page.get_by_text("Draw, pick or upload a digit").click()
    page.get_by_text("Upload", exact=True).first.click()
    upload = page.locator("input[type=file]")
    photo = photo_of(load_mnist("test").images[4])
    upload.set_input_files({"name": "four.jpg", "mimeType": "image/jpeg", "buffer": photo})
    page.get_by_text("My digit: My picture four.jpg").wait_for()
    upload.set_input_files({"name": "fake.png", "mimeType": "image/png", "buffer": b"not a picture"})
    page.get_by_text("cannot be read as a picture").wait_for()


def test_nothing_overflows_a_phone_and_the_charts_are_drawn(open_page):
    page, watch = open_noise_levels(open_page, width=390)
    page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").nth(2).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert watch.console_errors == []
