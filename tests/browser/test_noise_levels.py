"""The page of noise levels in a real browser: its curves and its path are Python's, and follow pen and sliders."""

from __future__ import annotations

import base64
import re
from collections import Counter

import numpy as np
import pytest

from tests.browser.pen import draw_stroke
from ui import cache
from ui.components import live
from ui.noise_levels import curves, path
from ui.noise_levels.posterior import SAMPLES
from ui.show.reading import in_words
from vae import neighbours, noise_sweep
from vae.checkpoints import load, load_reader, shipped_models
from vae.corruptions import CORRUPTIONS
from vae.data import load_mnist
from vae.packing import floats_as_text, pack, pack_reader
from vae.posterior import sample_posterior
from vae.reader import reading

RUNNING = "document.documentElement.dataset.live === 'running'"
MODULES = live.script(
    *(
        "kernel",
        "network",
        "fetch",
        "model",
        "reader",
        "view",
        "corruptions",
        "metrics",
        "noise_sweep",
        "neighbours",
    ),
    *("bench", "gradual", "quality_curves", "latent_path", "reads_as"),
)
READ = """
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const rows = (text) => {
  const all = decodeFloats(text);
  return Array.from({ length: all.length / 784 }, (_, n) => all.subarray(n * 784, (n + 1) * 784));
};
"""
HOLE = (0.3, 0.8)


@pytest.fixture(scope="module")
def compute(chromium):
    """A function that runs JavaScript with the page's modules in scope, (body, arguments) -> result."""
    page = chromium.new_page()

    def compute(body: str, **arguments):
        script = f"({{{', '.join(arguments)}}}) => {{ {MODULES}\n{READ}\n{body} }}"
        return page.evaluate(script, arguments)

    yield compute
    page.close()


def as_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


QUALITY = """
const models = packed.map((text) => unpackModel(bytes(text)));
const [clean] = rows(image);
const work = qualityCurves({ clean, kind, hole, fields: rows(fields), levels, models });
const rounds = [...work].filter(Boolean);
const last = rounds.at(-1);
const plain = (value) => (Number.isFinite(value) ? value : 1e9);
return {
  rounds: rounds.map(({ draws, levels }) => [draws, levels.length]),
  ...last, psnr: last.psnr.map((byLevel) => byLevel.map((values) => values.map(plain))),
};
"""


@pytest.mark.parametrize(("kind", "seed"), [("gaussian", 0), ("salt_and_pepper", 5), ("masking", 1)])
def test_curves_in_the_browser_are_pythons(compute, kind, seed):
    image, models = load_mnist("test").images[18], [load(name) for name in shipped_models()]
    found = compute(
        QUALITY,
        packed=[as_text(pack(model)) for model in models],
        image=floats_as_text(image),
        fields=as_text(cache.noise_draws(kind, seed)),
        kind=kind,
        hole=HOLE,
        levels=curves.LEVELS.tolist(),
    )
    expected = curves.quality_curves(image, kind, seed, HOLE, models)
    assert found["levels"] == curves.LEVELS.tolist()
    for method, quality in enumerate(expected.values()):
        psnr = np.where(np.isinf(quality.psnr), 1e9, quality.psnr)
        np.testing.assert_allclose(found["psnr"][method], psnr, rtol=0, atol=1e-3)
        np.testing.assert_allclose(found["ssim"][method], quality.ssim, rtol=0, atol=1e-3)
    # A few levels come at once; then the first draw is whole, then one draw after the other.
    (first, few), *others = found["rounds"]
    assert first == 1 and 3 < few < len(curves.LEVELS)
    assert others == [[draw + 1, len(curves.LEVELS)] for draw in range(cache.draws_of(kind))]


PATHS = """
const { vae, components } = unpackModel(bytes(packed));
const [clean] = rows(image);
const { buffer } = bytes(digits);
const labels = new Uint16Array(buffer, buffer.byteLength - 2 * count);
const codes = new Float32Array(buffer, 0, (buffer.byteLength - 2 * count) / 4);
const space = { components, origin, size: vae.latentDim };
const of = { clean, kind, hole, fields: rows(fields), levels, known: codes, labels, vae, space };
const work = latentPaths({ ...of, reader: readerOf && unpackReader(bytes(readerOf)) });
return {
  paths: [...work].filter(Boolean).at(-1),
  cloud: Array.from(labels, (label, n) => [...project(codes, n * vae.latentDim, space), label]),
};
"""


@pytest.mark.parametrize("name", shipped_models())
@pytest.mark.parametrize(("kind", "is_read"), [("gaussian", True), ("salt_and_pepper", False)])
def test_path_in_the_browser_is_pythons(compute, name, kind, is_read):
    image, model, seed = load_mnist("test").images[8], load(name), 3
    levels, digits = curves.LEVELS, load_mnist("test")
    some = path.known_pictures(cache.test_set(model))
    origin = model.components.project(np.zeros((1, model.vae.network.latent_dim)))[0, :2]
    fields = np.frombuffer(cache.noise_draws(kind, seed), "<f4").reshape(-1, 28, 28)[: path.DRAWS]
    found = compute(
        PATHS,
        packed=as_text(pack(model)),
        image=floats_as_text(image),
        fields=floats_as_text(fields),
        digits=as_text(path.packed_codes(model)),
        readerOf=as_text(pack_reader(load_reader())) if is_read else None,
        count=path.KNOWN,
        origin=origin.tolist(),
        kind=kind,
        hole=HOLE,
        levels=levels.tolist(),
    )
    known = model.vae.encode(digits.images[some]).z_mean
    np.testing.assert_allclose(
        found["cloud"], np.c_[model.components.project(known)[:, :2], digits.labels[some]], atol=1e-3
    )
    draws = path.DRAWS
    noisy = noise_sweep.sweep(image, kind, levels, np.random.default_rng(seed), draws=draws, hole=HOLE)
    codes = model.vae.encode(noisy.swapaxes(0, 1).reshape(-1, 28, 28)).z_mean
    labels = (
        load_reader().reader.read(model.vae.decode(codes)).argmax(axis=1)
        if is_read
        else neighbours.nearest_label(codes, known, digits.labels[some])
    )
    assert len(found["paths"]) == draws
    stations = [station for draw in found["paths"] for station in draw]
    np.testing.assert_allclose([one["level"] for one in stations], np.tile(levels, draws))
    places = [[one["x"], one["y"]] for one in stations]
    np.testing.assert_allclose(places, model.components.project(codes)[:, :2], rtol=0, atol=1e-3)
    assert [one["label"] for one in stations] == labels.tolist()
    assert len(set(labels)) > 1


def test_median_filter_agrees_with_numpy(compute):
    images = np.random.default_rng(4).random((5, 28, 28), np.float32)
    images[3] = np.round(images[3])
    found = compute(
        "return rows(images).map((image) => [...medianFilter(image)]);", images=floats_as_text(images)
    )
    np.testing.assert_array_equal(np.float32(found), noise_sweep.median_filter(images).reshape(-1, 784))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([30, 20, 10, 5], [25, 15, 12, 9]),
        ([np.inf, 30, 20, 10], [25, 24, 23, 22]),
        ([np.inf, 20, 15, 10], [25, 24, 23, 22]),
        ([30, 20, 10, 5], [31, 15, 12, 9]),
        ([30, 20, 10, 5], [25, 15, 8, 2]),
        ([np.inf, np.inf, 10, 5], [np.inf, 15, 8, 6]),
    ],
)
def test_where_denoising_starts_to_pay_is_found_as_in_python(compute, before, after):
    levels = [0, 0.1, 0.4, 1]
    spell = "const read = (values) => values.map((value) => value ?? Infinity);"
    texts = [[None if np.isinf(value) else value for value in values] for values in (before, after)]
    found = compute(
        f"{spell} return crossing(levels, read(before), read(after));",
        levels=levels,
        before=texts[0],
        after=texts[1],
    )
    assert found == pytest.approx(noise_sweep.crossing(np.array(levels), np.array(before), np.array(after)))


def test_runs_of_readings_cover_every_level_and_turn_between_two_that_were_tried(compute):
    readings = [7] * 11 + [9] * 20 + [4] * 10
    runs = compute("return runsOf(readings);", readings=readings)
    assert [run["reading"] for run in runs] == [7, 9, 4]
    assert [run["from"] for run in runs] == pytest.approx([0, 10.5 / 40, 30.5 / 40])
    assert [run["to"] for run in runs] == pytest.approx([10.5 / 40, 30.5 / 40, 1])


@pytest.mark.parametrize("name", shipped_models())
def test_readings_by_level_in_the_browser_are_pythons(compute, name):
    image, model, seed = load_mnist("test").images[740], load(name), 2
    found = compute(
        """const { vae } = unpackModel(bytes(packed));
        const reader = unpackReader(bytes(readerOf));
        const of = { clean: decodeFloats(image), kind: "gaussian", field: decodeFloats(field), hole: [0.5, 0.5] };
        return [...readLevels({ ...of, vae, reader })].at(-1);""",
        packed=as_text(pack(model)),
        readerOf=as_text(pack_reader(load_reader())),
        image=floats_as_text(image),
        field=floats_as_text(cache.noise_field("gaussian", seed)[0]),
    )
    levels = np.linspace(0, 1, 41)
    noisy = noise_sweep.sweep(image, "gaussian", levels, np.random.default_rng(seed))[:, 0]
    expected = load_reader().reader.read(model.vae.denoise(noisy)).argmax(axis=1)
    assert found == expected.tolist()
    assert len(set(found)) > 1


def test_of_equal_votes_the_smaller_label_wins_as_in_python(compute):
    rng = np.random.default_rng(6)
    known, codes = (
        rng.standard_normal((60, 3)).astype(np.float32),
        rng.standard_normal((40, 3)).astype(np.float32),
    )
    labels = rng.integers(0, 5, 60)
    found = compute(
        "return codes.map((code) => nearestLabel(code, decodeFloats(among), labels));",
        codes=codes.tolist(),
        among=floats_as_text(known),
        labels=labels.tolist(),
    )
    voters = labels[neighbours.nearest(codes, known, neighbours.VOTERS).indices]
    votes = (voters[:, :, None] == np.arange(5)).sum(axis=1)
    assert ((votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1).any()
    assert found == neighbours.nearest_label(codes, known, labels).tolist()


def open_noise_levels(open_page, query: str = "", width: int = 1280):
    """The page, with its views running, what it did wrong, and a list that grows with each message to the server."""
    page, watch = open_page(f"?{query}", width)
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    page.reload()
    page.wait_for_function(RUNNING)
    if width < 700:
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name="Noise levels").first.click()
    page.get_by_role("heading", name="The path in latent space").wait_for()
    page.wait_for_function(RUNNING)
    return page, watch, sent


def charts(page) -> list[str]:
    """What a screen reader says of each chart."""
    return [chart.get_attribute("aria-label") for chart in page.locator("svg.chart").all()]


def wait_for_all_draws(page) -> None:
    page.get_by_text(f"the mean of {cache.DRAWS} draws of the noise").wait_for()


def test_charts_and_sentences_tell_pythons_numbers(open_page):
    page, watch, _ = open_noise_levels(open_page, "test=18&seed=7&level=0.35")
    wait_for_all_draws(page)
    image, models = load_mnist("test").images[18], [load(name) for name in shipped_models()]
    found = curves.quality_curves(image, "gaussian", 7, (0.5, 0.5), models)
    at = int(np.flatnonzero(np.isclose(curves.LEVELS, 0.35))[0])
    psnr, ssim, _ = charts(page)
    means = {name: (quality.psnr[at].mean(), quality.ssim[at].mean()) for name, quality in found.items()}
    assert psnr.endswith(
        "At noise level 0.35: " + ", ".join(f"{name} {mean[0]:.1f} dB" for name, mean in means.items()) + "."
    )
    assert ssim.endswith(
        "At noise level 0.35: " + ", ".join(f"{name} {mean[1]:.2f}" for name, mean in means.items()) + "."
    )
    noisy = found[curves.NOISY].psnr.mean(axis=1)
    levels = {
        model.name: noise_sweep.crossing(curves.LEVELS, noisy, found[model.name].psnr.mean(axis=1))
        for model in models
    }
    starts = ", ".join(f"{name} from level {level:.2f}" for name, level in levels.items())
    sentence = f"Where denoising starts to help this picture, by PSNR: {starts} (the dashed lines)."
    page.locator(".status").get_by_text(sentence, exact=True).wait_for()
    assert page.locator("svg.chart .mark").count() == len(models)
    assert watch.console_errors == [] and watch.foreign_requests == []


def test_the_sentence_of_the_path_names_the_classes_that_it_leads_by(open_page):
    page, _, _ = open_noise_levels(open_page, "test=18&noise=salt_and_pepper&model=notebook")
    model, digits = load("notebook"), load_mnist("test")
    noisy = noise_sweep.sweep(digits.images[18], "salt_and_pepper", curves.LEVELS, np.random.default_rng(0))[
        :, 0
    ]
    labels = load_reader().reader.read(model.vae.denoise(noisy)).argmax(axis=1)
    first, *others = np.flatnonzero(np.diff(labels, prepend=-1))
    assert others
    parts = [f"a {labels[first]} at first"]
    parts += [
        f"{'an' if labels[n] == 8 else 'a'} {labels[n]} from level {curves.LEVELS[n]:.2f}" for n in others
    ]
    sentence = f"Denoised, the first draw reads as {', then '.join(parts)}."
    page.locator(".status").get_by_text(sentence, exact=True).wait_for()
    page.wait_for_function(
        "count => [...document.querySelectorAll('*')].some((e) => "
        "e.shadowRoot?.querySelectorAll('.station').length === count)",
        arg=path.DRAWS * len(curves.LEVELS),
    )


def test_charts_follow_the_pen_before_it_is_lifted_and_tell_the_server_nothing(open_page):
    page, watch, sent = open_noise_levels(open_page)
    wait_for_all_draws(page)
    page.locator("svg.chart").first.scroll_into_view_if_needed()
    before, told = charts(page), len(sent)
    draw_stroke(page)
    page.wait_for_function(
        """before => [...document.querySelectorAll("*")].some((host) => (
          host.shadowRoot?.querySelector("svg.chart")?.getAttribute("aria-label").startsWith("PSNR")
          && host.shadowRoot.querySelector("svg.chart").getAttribute("aria-label") !== before))""",
        arg=before[0],
    )
    wait_for_all_draws(page)  # The pen is down, but rests.
    during = charts(page)
    assert len(sent) == told > 0
    page.mouse.up()
    page.get_by_text("My drawing").first.wait_for()
    page.wait_for_timeout(1500)
    wait_for_all_draws(page)
    # What a lifted pen leaves is smoothed, and the same to an eye.
    numbers = [[float(n) for n in re.findall(r"([\d.]+) dB", labels[0])] for labels in (during, charts(page))]
    np.testing.assert_allclose(*numbers, atol=0.5)
    assert watch.console_errors == []


def test_the_level_and_a_pointer_say_where_the_chart_is_read(open_page):
    page, _, _ = open_noise_levels(open_page)
    wait_for_all_draws(page)
    page.get_by_role("slider", name="Noise level").press("PageUp")
    page.get_by_text("At noise level 0.60", exact=True).first.wait_for()
    chart = page.locator("svg.chart").first
    chart.scroll_into_view_if_needed()
    plot = chart.locator("svg").bounding_box()
    page.mouse.move(plot["x"] + plot["width"] * 0.2, plot["y"] + plot["height"] / 2)
    page.get_by_text("At noise level 0.20", exact=True).wait_for()
    page.mouse.move(1, 1)
    page.get_by_text("At noise level 0.20", exact=True).wait_for(state="detached")


@pytest.mark.parametrize("kind", [kind for kind, made in CORRUPTIONS.items() if not made.is_random])
def test_where_nothing_is_random_no_word_is_of_draws(open_page, kind):
    page, _, _ = open_noise_levels(open_page, f"noise={kind}")
    page.get_by_text("Higher is closer to the original.", exact=True).wait_for()
    page.locator(".reading:not(:empty)").wait_for()
    assert page.get_by_text(re.compile(r"\bdraws?\b")).and_(page.locator(".live *")).count() == 0


def test_nothing_overflows_a_phone(open_page):
    page, watch, _ = open_noise_levels(open_page, width=390)
    wait_for_all_draws(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for chart in page.locator("svg.chart").all():
        box = chart.bounding_box()
        assert 300 < box["width"] <= 390 and box["x"] >= 0
        for text in chart.locator("text").all():
            place = text.bounding_box()
            assert place["x"] >= box["x"] - 1 and place["x"] + place["width"] <= box["x"] + box["width"] + 1
    assert watch.console_errors == []


def test_every_picture_and_the_slider_say_what_they_read_as(open_page):
    page, watch, _ = open_noise_levels(open_page, "test=18&seed=7&level=0.35")
    image, model, reader = load_mnist("test").images[18], load(shipped_models()[0]), load_reader().reader
    rng = np.random.default_rng(7)
    noisy = noise_sweep.sweep(image, "gaussian", np.array([0.35]), rng)[:, 0]
    first, confidence, second, runner_up = (
        found[0] for found in reading(reader.read(model.vae.denoise(noisy)))
    )
    bench = page.locator(".results .reads-as")
    bench.get_by_text(f"Reads as {first}, {in_words(confidence)}").wait_for()
    bench.get_by_text(f"then {second}, {in_words(runner_up)}").wait_for()
    # The posterior's samples, by what they read as.
    levels = np.linspace(0, 1, 11)
    strip = noise_sweep.sweep(image, "gaussian", levels, np.random.default_rng(7))[:, 0]
    columns = [str(one) for one in reader.read(model.vae.denoise(strip)).argmax(axis=1)]
    assert page.locator(".strip .reads").all_inner_texts() == columns
    page.locator(".reading-scale[aria-label^='As the noise rises']").first.wait_for()
    samples = sample_posterior(model.vae, noisy[0], SAMPLES, np.random.default_rng(7))
    counts = Counter(reader.read(samples.images).argmax(axis=1).tolist()).most_common()
    page.get_by_text(f"{counts[0][1]} of {SAMPLES} read as {counts[0][0]}").first.wait_for()
    assert watch.console_errors == []
