"""The live views in a real browser: they follow pen, slider and keys, and give way to Streamlit's widgets."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest

from tests.browser.pen import RUNNING, draw_stroke, drown, settle, shown
from ui import cache
from ui.components import live
from ui.noise_levels.posterior import SAMPLES, WHITE
from ui.show.plain_text import with_minus
from vae import corruptions
from vae.checkpoints import load, load_reader, shipped_models
from vae.data import load_mnist
from vae.packing import floats_as_text
from vae.posterior import sample_posterior

BROKEN_STORE = 'Object.defineProperty(window, "liveModels", { get() { throw new Error("on purpose"); } });'
BROKEN_SCRIPT = """
const create = URL.createObjectURL;
URL.createObjectURL = (blob) => blob.type.includes("javascript")
  ? create.call(URL, new Blob(["throw new Error('on purpose')"], { type: blob.type }))
  : create.call(URL, blob);
"""


def count_sent(page) -> list[int]:
    """A list that grows by one for every message that the page sends to the server from its next load on."""
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    return sent


def reload(page) -> None:
    page.reload()
    settle(page)


@pytest.fixture
def landing_page(open_page):
    """The landing page with its live view running, and the list of sizes of what it sends."""
    page, watch = open_page()
    sent = count_sent(page)
    reload(page)
    yield page, sent
    assert watch.foreign_requests == []
    assert watch.console_errors == []


def test_dragging_the_noise_slider_repaints_without_a_message_and_its_release_sends_one(landing_page):
    page, sent = landing_page
    slider = page.get_by_role("slider", name="Noise level")
    box, before, told = slider.bounding_box(), shown(page, "denoised"), len(sent)
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, y, steps=20)
    page.wait_for_timeout(300)
    during = shown(page, "denoised")
    assert len(sent) == told
    page.mouse.up()
    page.wait_for_timeout(500)
    assert len(sent) == told + 1
    assert np.abs(during - before).max() > 0.05
    level = float(slider.input_value())
    assert 0.8 < level < 1.0
    # What is shown is what Python would show: the same noise, the same model.
    clean, field = (
        load_mnist("test").images[:1],
        corruptions.draw_field("gaussian", 1, np.random.default_rng(0)),
    )
    noisy = corruptions.apply(clean, "gaussian", level, field)
    denoised = load(shipped_models()[0]).vae.denoise(noisy)[0]
    np.testing.assert_allclose(shown(page, "noisy"), noisy[0], atol=1 / 255)
    np.testing.assert_allclose(shown(page, "denoised"), denoised, atol=1 / 255)


def test_pictures_follow_the_pen_before_it_is_lifted(landing_page):
    page, sent = landing_page
    told, example = len(sent), shown(page, "noisy")
    draw_stroke(page)
    page.wait_for_timeout(300)
    noisy, denoised = shown(page, "noisy"), shown(page, "denoised")
    assert np.abs(noisy - example).max() > 0.5
    assert len(sent) == told
    address = page.url
    page.mouse.up()
    # The server hears of the same drawing a moment later, and its pictures are those already shown.
    page.wait_for_url(lambda url: url != address)
    settle(page)
    assert np.abs(shown(page, "noisy") - noisy).mean() < 0.02
    assert np.abs(shown(page, "denoised") - denoised).mean() < 0.02


def test_the_gallery_is_what_python_makes_of_ten_digits_at_the_same_noise(landing_page):
    page, _ = landing_page
    ten = load_mnist("test").images[: cache.GALLERY]
    noisy = corruptions.corrupt(ten, "gaussian", 0.5, np.random.default_rng(0))
    denoised = load(shipped_models()[0]).vae.denoise(noisy)
    page.wait_for_timeout(1000)
    for index in range(cache.GALLERY):
        np.testing.assert_allclose(shown(page, f"Noisy, test digit {index}"), noisy[index], atol=1 / 255)
        np.testing.assert_allclose(
            shown(page, f"Denoised, test digit {index}"), denoised[index], atol=1 / 255
        )


def test_the_bars_of_the_code_say_what_the_encoder_says(landing_page):
    page, _ = landing_page
    image = corruptions.corrupt(load_mnist("test").images[:1], "gaussian", 0.5, np.random.default_rng(0))
    mean = load(shipped_models()[0]).vae.encode(image).z_mean[0]
    label = page.locator("canvas.code").get_attribute("aria-label")
    numbers = [float(number.replace("−", "-")) for number in re.findall(r"[−\d.]*\d", label)]
    assert numbers == pytest.approx([len(mean), mean.min(), mean.max()], abs=0.051)


def test_keys_move_the_slider_and_a_screen_reader_hears_it(landing_page):
    page, _ = landing_page
    slider = page.get_by_role("slider", name="Noise level")
    slider.focus()
    for key, level in {"ArrowRight": "0.51", "PageUp": "0.61", "PageDown": "0.51", "Home": "0.00"}.items():
        slider.press(key)
        assert slider.get_attribute("aria-valuetext") == level
    page.locator('.live [role="status"]', has_text="PSNR: noisy perfect").wait_for(state="attached")


def test_the_strips_sliders_change_it_at_once_and_python_keeps_what_they_say(open_page):
    page, watch = open_page()
    page.get_by_role("link", name="Noise levels").click()
    columns = page.locator(".live .strip figcaption:not(:empty)")

    def wait_for_ten_levels_from_0_1() -> None:
        columns.first.filter(has_text=re.compile(r"^0\.10$")).wait_for()
        columns.nth(9).filter(has_text=re.compile(r"^1\.00$")).wait_for()
        assert columns.all_inner_texts()[::9] == ["0.10", "1.00"]

    page.wait_for_function(RUNNING)
    page.get_by_role("slider", name="How many levels").press("ArrowLeft")
    page.get_by_role("slider", name="From level").press("PageUp")
    wait_for_ten_levels_from_0_1()
    page.wait_for_timeout(1000)
    page.get_by_role("link", name="Denoise").click()
    page.get_by_role("heading", name="Dig a digit").wait_for()
    page.get_by_role("link", name="Noise levels").click()
    # Whatever was running on the page before says nothing of this one's strip, so its text is waited for.
    wait_for_ten_levels_from_0_1()
    assert watch.console_errors == []


def test_models_and_posterior_follow_the_level_before_it_is_let_go(open_page):
    page, watch = open_page()
    sent, model = count_sent(page), load(shipped_models()[0])
    reload(page)
    page.get_by_role("link", name="Noise levels").click()
    page.get_by_role("heading", name="The path in latent space").wait_for()
    page.locator(f'canvas[aria-label^="Sample {SAMPLES}"]').wait_for()
    settle(page)
    page.wait_for_timeout(1000)
    told = len(sent)
    slider = page.get_by_role("slider", name="Noise level")
    # As while a slider is dragged: it says "input" at each move, and "change" only when it is let go.
    slider.evaluate("s => { s.value = 0.8; s.dispatchEvent(new Event('input')); }")
    page.wait_for_timeout(1500)
    assert len(sent) == told > 0
    noisy = corruptions.corrupt(load_mnist("test").images[:1], "gaussian", 0.8, np.random.default_rng(0))
    np.testing.assert_allclose(shown(page, "Noisy, level 0.80"), noisy[0], atol=1 / 255)
    for name in shipped_models():
        np.testing.assert_allclose(shown(page, name), load(name).vae.denoise(noisy)[0], atol=1 / 255)
    samples = sample_posterior(model.vae, noisy[0], SAMPLES, np.random.default_rng(0))
    for n, image in enumerate(samples.images, start=1):
        np.testing.assert_allclose(shown(page, f"Sample {n},"), image, atol=1.5 / 255)
    deviation = np.clip(samples.deviation / WHITE, 0, 1)
    np.testing.assert_allclose(shown(page, "Standard deviation"), deviation, atol=2 / 255)
    page.get_by_text(with_minus(f"{samples.spread:.1f} nats"), exact=True).wait_for()
    assert watch.console_errors == []


def test_the_hole_moves_at_once_in_all_views_and_python_keeps_its_place(open_page):
    page, watch = open_page("?noise=masking")
    page.get_by_role("link", name="Noise levels").click()
    page.get_by_role("heading", name="The path in latent space").wait_for()
    settle(page)
    slider = page.get_by_role("slider", name="Hole: top to bottom")
    for _ in range(5):
        slider.press("PageUp")
    page.wait_for_url("**hole=1**")
    settle(page)
    clean = load_mnist("test").images[:1]
    expected = corruptions.corrupt(clean, "masking", 0.5, np.random.default_rng(0), hole=(1.0, 0.5))[0]
    for place in (".results", ".strip", ".pictures"):
        canvas = page.locator(f'{place} canvas[aria-label$="oisy, level 0.50"]').first
        canvas.wait_for()
    for label in ("noisy, level 0.50", "Noisy, level 0.50"):
        np.testing.assert_allclose(shown(page, label), expected, atol=1 / 255)
    page.get_by_role("link", name="Denoise").click()
    page.get_by_role("heading", name="Dig a digit").wait_for()
    settle(page)
    assert page.get_by_role("slider", name="Hole: top to bottom").input_value() == "1"
    np.testing.assert_allclose(shown(page, "noisy, level 0.50"), expected, atol=1 / 255)
    assert watch.console_errors == []


def go_to(page, title: str) -> None:
    """Chooses a page from the menu's group."""
    page.get_by_role("button", name="Explore").click()
    page.get_by_role("menuitem", name=title, exact=True).click()


def test_weights_cross_the_wire_once_a_visit(open_page):
    page, _ = open_page()
    received: list[int] = []
    fetched: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    page.on("response", lambda answer: answer.url.endswith(".bin") and fetched.append(len(answer.body())))
    reload(page)
    go_to(page, "Latent space")
    page.get_by_role("slider", name="Principal component 1", exact=True).wait_for()
    page.get_by_role("link", name="Denoise").click()
    page.get_by_role("slider", name="Noise level").press("ArrowRight")
    page.wait_for_timeout(1000)
    weights = live.packed_model.__wrapped__(load(shipped_models()[0]))
    reader = live.packed_reader.__wrapped__(load_reader())
    # The rest is what the gallery shows: ten digits and their noise.
    assert sorted(size for size in fetched if size > 50_000) == [len(reader), len(weights)]
    assert len(fetched) == 4
    assert max(received) < 0.1 * len(weights)


def test_weights_that_do_not_come_at_once_are_asked_for_again(chromium, app_url):
    page = chromium.new_page()
    answers = iter([404, 503])

    def answer(route):
        status = next(answers, None)
        route.fulfill(status=status) if status else route.continue_()

    page.route("**/*.bin", answer)
    page.goto(app_url)
    page.wait_for_function(RUNNING)
    assert next(answers, None) is None
    page.close()


def test_a_page_is_left_at_once_while_the_landing_page_still_starts(chromium, app_url):
    for wait in (0, 150, 400):
        page = chromium.new_page()
        page.goto(app_url)
        page.wait_for_selector("h1")
        page.wait_for_timeout(wait)
        page.get_by_role("link", name="Noise levels").click()
        page.get_by_role("heading", name="How much noise").wait_for(timeout=60_000)
        page.close()


def test_a_view_that_fails_while_it_starts_gives_way_to_streamlits_widgets_and_says_so(chromium, app_url):
    page = chromium.new_page()
    page.add_init_script(BROKEN_STORE)
    page.goto(app_url)
    page.get_by_text("The live view can't run here").wait_for()
    page.locator('img[alt^="Noisy, level 0.50"]').wait_for()
    drown(page)
    page.close()


def test_where_no_script_starts_a_button_brings_streamlits_widgets(chromium, app_url):
    page = chromium.new_page()
    page.add_init_script(BROKEN_SCRIPT)
    page.goto(app_url)
    # Where a script can't even be read, Streamlit itself says what went wrong.
    page.get_by_text("Component Error: on purpose").first.wait_for()
    page.get_by_role("button", name="Use basic controls").click()
    page.locator('img[alt^="Noisy, level 0.50"]').wait_for()
    drown(page)
    page.close()


def test_a_failure_in_the_middle_of_a_visit_brings_streamlits_widgets(open_page):
    page, _ = open_page()
    page.wait_for_function(RUNNING)
    slider = page.get_by_role("slider", name="Noise level")
    slider.press("ArrowRight")
    assert not page.get_by_role("button", name="Use basic controls").is_visible()
    page.evaluate(
        "() => { CanvasRenderingContext2D.prototype.putImageData = () => { throw new Error('on purpose'); }; }"
    )
    slider.press("ArrowRight")
    page.get_by_text("The live view can't run here").wait_for()
    page.locator('img[alt^="Noisy, level 0.5"]').wait_for()


def test_a_component_slider_decodes_what_the_code_becomes(open_page):
    page, watch = open_page()
    go_to(page, "Latent space")
    page.get_by_role("slider", name="Principal component 2", exact=True).wait_for()
    page.wait_for_function(RUNNING)
    model = load(shipped_models()[0])
    slider = page.get_by_role("slider", name="Principal component 2", exact=True)
    origin = float(slider.input_value())
    slider.press("PageUp")
    slider.press("ArrowLeft")
    page.wait_for_timeout(500)
    steps = np.array([0, float(slider.input_value()) - origin])
    code = model.vae.encode(load_mnist("test").images[:1]).z_mean[0]
    expected = model.vae.decode(model.components.move(code, steps)[None])[0]
    np.testing.assert_allclose(shown(page, "Where the sliders stand"), expected, atol=1 / 255)
    slider.press("Home")
    assert float(slider.input_value()) == origin
    page.wait_for_timeout(100)
    np.testing.assert_allclose(shown(page, "Where the sliders stand"), shown(page, "The start"), atol=1 / 255)
    assert watch.console_errors == []


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_traversal_moves_smoothly_unless_less_motion_is_asked_for(chromium, app_url, motion):
    context = chromium.new_context(reduced_motion=motion)
    page = context.new_page()
    page.goto(f"{app_url}/latent_space")
    page.wait_for_function(RUNNING)
    slider = page.get_by_role("slider", name="Principal component 1", exact=True)
    page.get_by_role("button", name="Play Principal component 1", exact=True).click()
    positions = set()
    for _ in range(12):
        positions.add(slider.input_value())
        page.wait_for_timeout(100)
    page.get_by_role("button", name="Play Principal component 1", exact=True).click()
    assert len(positions) <= 3 if motion == "reduce" else len(positions) > 3
    context.close()


def test_scripts_join_into_one_module_without_imports():
    joined = live.script("kernel", "network")
    assert "import " not in joined
    assert "class VAE" in joined and not re.search(r"^export ", joined, re.MULTILINE)


def test_numbers_travel_as_little_endian_floats():
    numbers = np.array([[0.5, -1.25], [3e-8, 1e9]])
    text = base64.b64decode(floats_as_text(numbers))
    np.testing.assert_array_equal(np.frombuffer(text, "<f4"), numbers.astype("<f4").ravel())
