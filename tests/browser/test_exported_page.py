"""The exported page in a real Chromium, opened as a file: it computes what Python does, and asks for nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vae import VAE, Config, corruptions, drawing, load, load_mnist
from vae.checkpoints import shipped_models
from vae.config import Network
from vae.export import export, html
from vae.latent import PrincipalComponents
from vae.layers import Dense, Flatten
from vae.packing import round_weights

SHOWN = """
(id) => {
  const { data } = document.getElementById(id).getContext("2d").getImageData(0, 0, 28, 28);
  return Array.from({ length: 784 }, (_, i) => data[4 * i]);
}
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    for name in shipped_models():
        export(load(name), "html", folder / f"{name}.html")
    return folder


@pytest.fixture
def open_exported(chromium, pages):
    """A function that opens a model's page, (name, width, dark) -> page; at the end, no error and no request."""
    contexts, troubles = [], []

    def open_exported(name: str, width: int = 1280, dark: bool = False):
        context = chromium.new_context(
            viewport={"width": width, "height": 844}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: line.type == "error" and troubles.append(line.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "request",
            lambda request: request.url.startswith(("file:", "data:")) or troubles.append(request.url),
        )
        page.goto((pages / f"{name}.html").as_uri())
        page.locator("#denoised-caption", has_text="dB").wait_for()
        return page

    yield open_exported
    for context in contexts:
        context.close()
    assert troubles == []


def shown(page, picture: str) -> np.ndarray:
    return np.array(page.evaluate(SHOWN, picture), np.float32).reshape(28, 28) / 255


def set_slider(page, slider, value) -> None:
    slider.evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", value
    )
    page.evaluate("() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))")


@pytest.mark.parametrize("drawn", [False, True])
def test_a_page_made_of_a_visit_begins_with_its_digit_and_its_noise(open_exported, pages, drawn):
    strokes = [np.array([[80, 80], [200, 80], [130, 230]])] if drawn else []
    clean = drawing.drawing_to_digit(strokes) if drawn else load_mnist("test").images[7]
    field = corruptions.draw_field("speckle", 1, np.random.default_rng(5))[0]
    start = html.Start(clean, strokes, "speckle", 0.7, field, (0.2, 0.9))
    model = load("notebook")
    (pages / "visit.html").write_text(html.build(model, start), encoding="utf-8")
    page = open_exported("visit")
    noisy = corruptions.corrupt(clean[None], "speckle", 0.7, np.random.default_rng(5))[0]
    np.testing.assert_allclose(shown(page, "noisy"), noisy, atol=1.01 / 255)
    np.testing.assert_allclose(shown(page, "denoised"), model.vae.denoise(noisy), atol=1.51 / 255)
    assert page.locator("#level-value").inner_text() == "0.70"
    page.get_by_role("button", name="Draw new noise").click()
    page.wait_for_function(
        "() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))"
    )
    assert np.abs(shown(page, "noisy") - noisy).max() > 0.2


@pytest.mark.parametrize("name", shipped_models())
def test_the_page_denoises_and_walks_as_python_does(open_exported, name):
    page, model = open_exported(name), load(name)
    set_slider(page, page.locator("#level"), "0")
    digit = html.examples(load("notebook"))[0] / np.float32(255)
    np.testing.assert_allclose(shown(page, "noisy"), digit, atol=0.51 / 255)
    # A canvas keeps 256 greys, and rounds.
    np.testing.assert_allclose(shown(page, "denoised"), model.vae.denoise(digit), atol=1.01 / 255)
    set_slider(page, page.locator("#sliders input").nth(1), "1.5")
    moved = model.vae.encode(digit).z_mean + np.float32(1.5) * model.components.directions[1]
    np.testing.assert_allclose(shown(page, "walked"), model.vae.decode(moved), atol=1.01 / 255)
    page.click("#reset")
    np.testing.assert_array_equal(shown(page, "walked"), shown(page, "denoised"))


@pytest.mark.parametrize("latent_dim", [1, 128])
def test_the_page_of_a_model_of_any_latent_size_has_its_sliders(chromium, tmp_path, latent_dim):
    network = Network((Flatten(), Dense(4)), (Dense(4), Dense(784, "sigmoid")), latent_dim)
    rng = np.random.default_rng(0)
    weights = {
        name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in network.weight_shapes().items()
    }
    components = PrincipalComponents.fit(rng.standard_normal((300, latent_dim)))
    model = replace(
        load("notebook"),
        config=Config(network),
        vae=VAE(network, round_weights(network, weights)),
        components=components,
    )
    export(model, "html", tmp_path / "page.html")
    page = chromium.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    set_slider(page, page.locator("#level"), "0")
    sliders = page.locator("#sliders input")
    assert sliders.count() == min(latent_dim, html.SLIDERS)
    set_slider(page, sliders.last, "-2")
    z_mean = model.vae.encode(html.examples(load("notebook"))[0] / np.float32(255)).z_mean
    moved = z_mean - 2 * components.directions[sliders.count() - 1]
    np.testing.assert_allclose(shown(page, "walked"), model.vae.decode(moved), atol=1.01 / 255)
    page.close()


def test_new_noise_is_other_noise_and_the_level_makes_the_same_noise_stronger(open_exported):
    page = open_exported("notebook")
    set_slider(page, page.locator("#level"), "0.2")
    digit, first = html.examples(load("notebook"))[0] / np.float32(255), shown(page, "noisy")
    set_slider(page, page.locator("#level"), "0.4")
    stronger = shown(page, "noisy")
    inside = (first > 0) & (first < 1) & (stronger > 0) & (stronger < 1)
    np.testing.assert_allclose((stronger - digit)[inside], 2 * (first - digit)[inside], atol=2 / 255)
    page.click("#redraw")
    set_slider(page, page.locator("#level"), "0.2")
    assert np.abs(shown(page, "noisy") - first).mean() > 0.05


@pytest.mark.parametrize("kind", ["gaussian", "salt_and_pepper", "dropout"])
def test_noise_has_the_spread_of_its_kind(open_exported, kind):
    page = open_exported("notebook")
    page.click("#clear")
    page.select_option("#corruption", kind)
    set_slider(page, page.locator("#level"), "1")
    noise = shown(page, "noisy")
    # On an empty canvas at level 1: half of N(0, 1) clips to black and 16 percent to white; half salt; nothing left.
    black, white = (noise == 0).mean(), (noise == 1).mean()
    expected = {"gaussian": (0.5, 0.16), "salt_and_pepper": (0.5, 0.5), "dropout": (1, 0)}[kind]
    np.testing.assert_allclose((black, white), expected, atol=0.08)


def draw(page, points) -> np.ndarray:
    """Draws one stroke, through points in shares of the canvas, and returns it in pixels of the app's canvas."""
    box = page.locator("#drawing").bounding_box()
    corner = np.array([box["x"], box["y"]])
    places = np.round(corner + box["width"] * np.array(points))  # A browser may round them itself.
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()
    page.evaluate("() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))")
    return (places - corner) * drawing.CANVAS_SIDE / box["width"]


@pytest.mark.parametrize("size, place", [(0.7, (0.15, 0.15)), (0.3, (0.6, 0.1)), (0.3, (0.1, 0.6))])
def test_a_drawing_is_as_large_thick_and_centred_as_mnists_digits(open_exported, size, place):
    page = open_exported("calibrated")
    set_slider(page, page.locator("#level"), "0")
    seven = [(0, 0), (0.6, 0), (0.2, 1)]
    stroke = draw(page, [(place[0] + size * x, place[1] + size * y) for x, y in seven])
    digit = shown(page, "noisy")
    np.testing.assert_allclose(digit, drawing.drawing_to_digit([stroke]), atol=0.51 / 255)
    rows = np.flatnonzero((digit > 0.1).any(axis=1))
    assert 19 <= np.ptp(rows) + 1 <= 21
    grid = np.arange(28) + 0.5
    centre = np.array([digit.sum(axis=1) @ grid, digit.sum(axis=0) @ grid]) / digit.sum()
    np.testing.assert_allclose(centre, 14.5, atol=0.15)
    assert digit.max() == 1
    # So the model knows it: it comes back nearly as close as test digits do.
    mse = np.mean((shown(page, "denoised") - digit) ** 2)
    clean = load_mnist("test").images[:500]
    usual = ((load("calibrated").vae.denoise(clean) - clean) ** 2).mean(axis=(1, 2))
    assert mse < 2 * np.quantile(usual, 0.9)


def test_a_speck_is_no_digit_and_the_page_says_so_until_there_is_one(open_exported):
    page = open_exported("notebook")
    set_slider(page, page.locator("#level"), "0")
    draw(page, [(0.5, 0.5)])
    assert page.inner_text("#drawing-caption") == drawing.SPECK
    assert not shown(page, "noisy").any()
    draw(page, [(0.3, 0.2), (0.3, 0.8)])
    assert page.inner_text("#drawing-caption") == "Draw a digit here"


def test_drawing_replaces_a_test_digit_and_a_test_digit_replaces_the_drawing(open_exported):
    page = open_exported("notebook")
    set_slider(page, page.locator("#level"), "0")
    first = shown(page, "noisy")
    draw(page, [(0.3, 0.2), (0.3, 0.8)])
    drawn = shown(page, "noisy")
    assert np.abs(drawn - first).mean() > 0.02
    page.click("#example")
    page.wait_for_timeout(100)
    np.testing.assert_allclose(
        shown(page, "noisy"), html.examples(load("notebook"))[0] / np.float32(255), atol=0.51 / 255
    )
    page.click("#clear")
    page.wait_for_timeout(100)
    assert not shown(page, "noisy").any()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_fits_its_window_and_follows_the_theme(open_exported, width, dark):
    page = open_exported("notebook", width, dark)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")
    assert page.evaluate("document.querySelectorAll('#sliders input').length") == html.SLIDERS


def test_a_server_that_forbids_webassembly_still_gets_the_same_picture(chromium, pages, tmp_path):
    text = (pages / "notebook.html").read_text()
    (tmp_path / "page.html").write_text(text.replace(" 'wasm-unsafe-eval'", ""))
    results = []
    for path in (pages / "notebook.html", tmp_path / "page.html"):
        page = chromium.new_page()
        page.goto(path.as_uri())
        page.locator("#denoised-caption", has_text="dB").wait_for()
        set_slider(page, page.locator("#level"), "0")
        results.append(shown(page, "denoised"))
        page.close()
    np.testing.assert_allclose(*results, atol=1.01 / 255)
