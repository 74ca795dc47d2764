"""The dial of the KL weight in a real browser: live from stop to stop, and equal to what Python makes."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest

from tests.browser.pen import draw_stroke, settle, shown
from ui.kl_dial.dial import SHOWN_DRAWS, STEPS
from vae.checkpoints import load_reader
from vae.data import load_mnist
from vae.ladder import load_ladder
from vae.latent import interpolate
from vae.presets import LADDER_WEIGHTS
from vae.reader import reading

DIGIT, WALK_TO = 4, 3


@pytest.fixture
def dial(open_page):
    """The page with test digit 4, the dial at 0 and a walk to a 3."""
    page, watch = open_page(f"kl_dial?test={DIGIT}&kl-walk={WALK_TO}")
    settle(page)
    yield page, page.get_by_role("slider", name="Weight of the KL term")
    assert watch.foreign_requests == []
    assert watch.console_errors == []


def labelled(page, name: str) -> str:
    """The label of the one picture whose label begins so."""
    return page.get_by_role("img", name=re.compile(f"^{name}\\b")).get_attribute("aria-label")


@pytest.mark.parametrize("stop", [0, 3, 6])
def test_all_that_is_shown_is_what_python_makes_of_the_same_codes(dial, stop):
    page, slider = dial
    slider.focus()
    for _ in range(stop):
        slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == f"{LADDER_WEIGHTS[stop]:g}"
    vae, reader, test = load_ladder()[stop].model.vae, load_reader().reader, load_mnist("test")
    codes = np.random.default_rng(0).standard_normal(
        (1 + SHOWN_DRAWS, vae.network.latent_dim), dtype=np.float32
    )
    posterior = vae.encode(test.images[[DIGIT]])
    sampled = vae.decode(posterior.draw(codes[:1]))[0]
    end = vae.encode(test.images[np.flatnonzero(test.labels == WALK_TO)[0]]).z_mean
    walk = vae.decode(interpolate(posterior.z_mean[0], end, STEPS))
    # The walk's last picture comes last, once the sibling is fetched and all draws are decoded.
    for _ in range(60):
        if np.abs(shown(page, labelled(page, f"Step {STEPS}")) - walk[-1]).max() <= 1 / 255:
            break
        page.wait_for_timeout(250)
    np.testing.assert_allclose(shown(page, labelled(page, "From a sampled code")), sampled, atol=1 / 255)
    for name, images in {"Draw": vae.decode(codes[1:]), "Step": walk}.items():
        first, confidence, *_ = reading(reader.read(images))
        for n, image in enumerate(images):
            label = labelled(page, f"{name} {n + 1}")
            np.testing.assert_allclose(shown(page, label), image, atol=1 / 255)
            share = ">99%" if confidence[n] >= 0.995 else f"{confidence[n]:.0%}"
            assert label == f"{name} {n + 1}, reads as {first[n]}, {share}"


def test_the_address_carries_the_stop_once_the_dial_rests(dial):
    page, slider = dial
    slider.focus()
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    page.wait_for_url(lambda url: parse_qs(urlparse(url).query).get("kl") == [f"{LADDER_WEIGHTS[2]:g}"])
    page.reload()
    settle(page)
    assert slider.get_attribute("aria-valuetext") == f"{LADDER_WEIGHTS[2]:g}"


def test_every_sibling_is_fetched_once_before_the_dial_reaches_it(dial):
    page, slider = dial
    page.wait_for_function(f"globalThis.liveModels?.size > {len(LADDER_WEIGHTS)}")
    fetched = []
    page.on("request", lambda request: "/media/" in request.url and fetched.append(request.url))
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_timeout(1_500)
    assert fetched == []


def test_the_sampled_digit_follows_the_pen(dial):
    page, _ = dial
    before = shown(page, labelled(page, "From a sampled code"))
    page.get_by_text("Draw", exact=True).click()
    settle(page)
    draw_stroke(page)
    page.wait_for_timeout(500)
    assert np.abs(shown(page, labelled(page, "From a sampled code")) - before).max() > 0.3
    page.mouse.up()


def test_other_draws_and_another_walk_are_asked_for_by_a_button(dial):
    page, slider = dial
    slider.focus()
    for _ in range(4):  # At weight 0 all draws look alike.
        slider.press("ArrowRight")
    page.wait_for_url(lambda url: "kl=8" in url)
    settle(page)
    draw, end = (shown(page, labelled(page, name)) for name in ("Draw 1", f"Step {STEPS}"))
    page.get_by_role("button", name="Draw again").click()
    page.wait_for_url(lambda url: "kl-draws" in url)
    settle(page)
    assert np.abs(shown(page, labelled(page, "Draw 1")) - draw).max() > 0.1
    page.get_by_role("button", name="Walk to a 8").click()
    page.wait_for_url(lambda url: "kl-walk=8" in url)
    settle(page)
    assert np.abs(shown(page, labelled(page, f"Step {STEPS}")) - end).max() > 0.3
