"""The browser's arithmetic against Python's, in a real Chromium: network, noise, drawings."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from tests.pages import record
from ui.bench.canvas import from_record
from ui.components import live
from ui.latent_space.axes import SHOWN
from vae import corruptions, drawing, metrics
from vae.aim import aim
from vae.checkpoints import load, load_reader, shipped_models
from vae.config import Config, Network
from vae.data import load_mnist
from vae.errors import PreprocessError
from vae.inference import VAE
from vae.layers import LAYERS, Conv, ConvTranspose, Dense, DepthToSpace, Flatten, Reshape, SpaceToDepth
from vae.packing import pack, pack_reader
from vae.properties import PROPERTIES
from vae.reader import reading

MODULES = live.script(
    "kernel",
    "network",
    "fetch",
    "model",
    "reader",
    "corruptions",
    "metrics",
    "drawing",
    "pen",
    "aim",
    "measures",
)
FLOATS = """
const floats = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const rows = (text, width) => {
  const all = floats(text);
  return Array.from({ length: all.length / width }, (_, n) => all.subarray(n * width, (n + 1) * width));
};
const asText = (arrays) => {
  const raw = new Uint8Array(Float32Array.from(arrays.flatMap((array) => [...array])).buffer);
  let text = "";
  for (let n = 0; n < raw.length; n += 8192) text += String.fromCharCode(...raw.subarray(n, n + 8192));
  return btoa(text);
};
"""


@pytest.fixture(scope="module")
def compute(chromium):
    """A function that runs JavaScript with the live modules in scope, (body, arguments) -> result."""
    page = chromium.new_page()

    def compute(body: str, **arguments):
        names = ", ".join(arguments)
        return page.evaluate(f"({{{names}}}) => {{ {MODULES}\n{FLOATS}\n{body} }}", arguments)

    yield compute
    page.close()


def as_text(array: np.ndarray) -> str:
    return base64.b64encode(np.asarray(array, "<f4").tobytes()).decode()


def as_array(text: str, width: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(-1, width)


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return load_mnist("test").images[:100]


RUN = """
const { network, weights } = readModel(bytes(packed));
const vae = new VAE(network, weights, { simd });
const codes = rows(images, 784).map((image) => vae.encode(image));
return {
  codes: asText(codes),
  decoded: asText(rows(z, network.latent_dim).map((code) => vae.decode(code))),
  denoised: asText(rows(images, 784).map((image) => vae.denoise(image))),
};
"""


def test_the_browser_knows_the_same_kinds_of_layer_as_python(compute):
    assert compute("return Object.keys(LAYERS)") == list(LAYERS)


@pytest.mark.parametrize(
    "layer", [{"kind": "dropout"}, {"kind": "toString"}, {"kind": "dense", "units": 4, "activation": "gelu"}]
)
def test_a_layer_or_an_activation_that_the_browser_does_not_know_is_an_error(compute, layer):
    with pytest.raises(Exception, match="Expected a known"):
        compute('new VAE({latent_dim: 2, encoder: [{kind: "flatten"}, layer], decoder: []}, {})', layer=layer)


@pytest.mark.parametrize("sigma", [0.0, 0.5])
@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_model_gives_the_browser_and_the_server_the_same_pictures(compute, digits, name, sigma):
    model = load(name)
    images = corruptions.corrupt(digits, "gaussian", sigma, np.random.default_rng(1))
    z_mean = model.vae.encode(images).z_mean
    packed = base64.b64encode(pack(model)).decode()
    result = compute(RUN, packed=packed, images=as_text(images), z=as_text(z_mean), simd=True)
    np.testing.assert_allclose(as_array(result["codes"], z_mean.shape[1]), z_mean, rtol=0, atol=1e-3)
    pictures = {"decoded": model.vae.decode(z_mean), "denoised": model.vae.denoise(images)}
    for kind, expected in pictures.items():
        np.testing.assert_allclose(
            as_array(result[kind], 784), expected.reshape(-1, 784), rtol=0, atol=1e-3, err_msg=kind
        )


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_model_has_the_same_weights_and_components_in_the_browser_to_the_bit(compute, name):
    model = load(name)
    read = """
    const text = Object.entries(readModel(bytes(packed)).weights).map(([name, array]) => [name, asText([array])]);
    return Object.fromEntries(text);
    """
    found = compute(read, packed=base64.b64encode(pack(model)).decode())
    components = model.components
    expected = {
        **model.vae.weights,
        "components": components.components,
        "deviations": components.deviations,
        "shares": components.explained_variance_ratio,
    }
    assert list(found) == list(expected)
    for key, array in expected.items():
        np.testing.assert_array_equal(np.frombuffer(base64.b64decode(found[key]), "<f4"), array.ravel(), key)


NETWORKS = {
    "blocks": Network(
        encoder=(SpaceToDepth(4), Conv(6, 3), Conv(5, 3), Flatten(), Dense(9)),
        decoder=(
            Dense(9),
            Dense(245),
            Reshape((7, 7, 5)),
            Conv(16, 3, activation="sigmoid"),
            DepthToSpace(4),
        ),
    ),
    "strides": Network(
        encoder=(Conv(6, 4, 2), Conv(5, 3, 2), Conv(3, 2, 3), Flatten(), Dense(9)),
        decoder=(
            *(Dense(245), Reshape((7, 7, 5)), ConvTranspose(6, 4, 2), ConvTranspose(3, 3, 1)),
            ConvTranspose(1, 3, 2, "sigmoid"),
        ),
    ),
    "wide strides": Network(
        encoder=(Conv(6, 6, 4), Flatten(), Dense(9, "linear")),
        decoder=(Dense(147), Reshape((7, 7, 3)), ConvTranspose(1, 6, 4, "sigmoid")),
    ),
}
RUN_RAW = """
const split = {};
const all = floats(weights);
for (const [name, { shape, start }] of Object.entries(index)) {
  split[name] = all.subarray(start, start + shape.reduce((a, b) => a * b, 1));
}
const vae = new VAE(network, split, { simd });
return {
  codes: asText(rows(images, 784).map((image) => vae.encode(image))),
  denoised: asText(rows(images, 784).map((image) => vae.denoise(image))),
  back: asText(rows(gradients, 784).map((gradient, n) => vae.decodeBackward(rows(z, network.latent_dim)[n], gradient))),
};
"""


@pytest.mark.parametrize("simd", [True, False], ids=["simd", "plain"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_kind_of_layer_agrees_with_numpy(compute, digits, name, simd):
    network, rng = NETWORKS[name], np.random.default_rng(3)
    weights = {
        key: (rng.standard_normal(shape) / np.sqrt(max(np.prod(shape[:-1]), 4))).astype(np.float32)
        for key, shape in network.weight_shapes().items()
    }
    index, start = {}, 0
    for key, weight in weights.items():
        index[key] = {"shape": weight.shape, "start": start}
        start += weight.size
    vae, images = VAE(network, weights), digits[:10]
    z, gradients = (rng.standard_normal((10, size), dtype=np.float32) for size in (network.latent_dim, 784))
    result = compute(
        RUN_RAW,
        network=Config(network).to_dict()["network"],
        index=index,
        weights=as_text(np.concatenate([weight.ravel() for weight in weights.values()])),
        images=as_text(images),
        z=as_text(z),
        gradients=as_text(gradients),
        simd=simd,
    )
    np.testing.assert_allclose(as_array(result["codes"], 40), vae.encode(images).z_mean, rtol=0, atol=1e-5)
    np.testing.assert_allclose(
        as_array(result["denoised"], 784), vae.denoise(images).reshape(-1, 784), rtol=0, atol=1e-5
    )
    expected = vae.decode_backward(z, gradients.reshape(-1, 28, 28))
    np.testing.assert_allclose(as_array(result["back"], 40), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_decoders_way_back_is_the_same_in_the_browser(compute, digits, name):
    model, rng = load(name), np.random.default_rng(4)
    z = model.vae.encode(digits[:20]).z_mean
    gradients = rng.normal(0, 0.1, (20, 784)).astype(np.float32)
    result = compute(
        """const { vae } = unpackModel(bytes(packed));
        const codes = rows(z, vae.latentDim);
        return asText(rows(gradients, 784).map((gradient, n) => vae.decodeBackward(codes[n], gradient)));
        """,
        packed=base64.b64encode(pack(model)).decode(),
        z=as_text(z),
        gradients=as_text(gradients),
    )
    expected = model.vae.decode_backward(z, gradients.reshape(-1, 28, 28))
    np.testing.assert_allclose(as_array(result, z.shape[1]), expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("sigma", [0.0, 0.5])
def test_the_reader_reads_the_same_in_the_browser_there_and_back(compute, digits, sigma):
    checkpoint = load_reader()
    images = corruptions.corrupt(digits, "gaussian", sigma, np.random.default_rng(1))
    classes = np.arange(len(images)) % 10
    result = compute(
        """const reader = unpackReader(bytes(packed));
        const found = rows(images, 784).map((image, n) => reader.backward(image, classes[n]));
        return {
          probabilities: asText(found.map(({ probabilities }) => probabilities)),
          gradients: asText(found.map(({ gradient }) => gradient)),
          likeliest: rows(images, 784).map((image) => likeliest(reader.read(image)).map(({ reading }) => reading)),
        };""",
        packed=base64.b64encode(pack_reader(checkpoint)).decode(),
        images=as_text(images),
        classes=classes.tolist(),
    )
    probabilities = checkpoint.reader.read(images)
    np.testing.assert_allclose(as_array(result["probabilities"], 10), probabilities, rtol=0, atol=1e-3)
    gradients = checkpoint.reader.backward(images, classes)[1].reshape(-1, 784)
    np.testing.assert_allclose(as_array(result["gradients"], 784), gradients, rtol=0, atol=1e-3)
    expected = reading(probabilities)
    certain = expected.confidence - expected.runner_up_confidence > 0.01
    sure = certain & (expected.runner_up_confidence > 0.01)
    assert sure.any()
    np.testing.assert_array_equal(
        np.array(result["likeliest"])[sure], np.stack([expected.reading, expected.runner_up], axis=1)[sure]
    )


LEVELS = [0.0, 1 / 56, 0.1, 3 / 56, 0.37, 0.5, 1.0]
SPOIL = """
const [image, field] = [floats(picture), floats(random)];
return asText(levels.map((level) => corrupt(image, kind, level, field, hole)));
"""


@pytest.mark.parametrize("hole", [(0.5, 0.5), (0.0, 1.0), (0.3, 0.8)])
@pytest.mark.parametrize("kind", corruptions.CORRUPTIONS)
def test_every_corruption_agrees_with_numpy(compute, digits, kind, hole):
    field = corruptions.draw_field(kind, 1, np.random.default_rng(5))
    image = digits[:1]
    result = compute(
        SPOIL, picture=as_text(image), random=as_text(field), kind=kind, levels=LEVELS, hole=list(hole)
    )
    expected = [corruptions.apply(image, kind, level, field, hole=hole).ravel() for level in LEVELS]
    np.testing.assert_allclose(as_array(result, 784), expected, rtol=0, atol=1e-6)


def test_measures_agree_with_numpy(compute, digits):
    clean = digits[:20]
    noisy = corruptions.corrupt(clean, "gaussian", 0.4, np.random.default_rng(6))
    result = compute(
        """const pairs = rows(noisy, 784).map((image, n) => [image, rows(clean, 784)[n]]);
        return pairs.map(([image, reference]) => [mse(image, reference), ssim(image, reference)]);""",
        clean=as_text(clean),
        noisy=as_text(noisy),
    )
    expected = np.stack([metrics.mse(noisy, clean), metrics.ssim(noisy, clean)], axis=1)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-6)


def test_properties_are_measured_as_numpy_measures_them(compute, digits):
    pictures = np.concatenate([digits[:30], np.zeros((1, 28, 28)), np.eye(28)[None] > 0]).astype(np.float32)
    result = compute(
        "return rows(images, 784).map((image) => names.map((name) => PROPERTY_MEASURES[name](image)));",
        images=as_text(pictures),
        names=list(SHOWN),
    )
    expected = np.stack([PROPERTIES[name].measure(pictures) for name in SHOWN], axis=1)
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-3)


def scribble(rng: np.random.Generator) -> list[np.ndarray]:
    """A drawing: a few strokes, at any place and size, some of them beyond the canvas's rim."""
    centre, size = rng.uniform(20, 260, 2), rng.uniform(8, 160)
    return [centre + size * rng.uniform(-1, 1, (rng.integers(1, 9), 2)) for _ in range(rng.integers(1, 4))]


def test_drawings_become_the_same_digits_and_are_refused_for_the_same_reason(compute):
    rng, refused = np.random.default_rng(7), set()
    for _ in range(200):
        strokes = scribble(rng)
        result = compute(
            "const { digit, problem } = drawingToDigit(strokes, side); return problem ?? asText([digit]);",
            strokes=[stroke.tolist() for stroke in strokes],
            side=drawing.CANVAS_SIDE,
        )
        try:
            inside = [part for stroke in strokes for part in drawing._clip(stroke)]
            expected = drawing.drawing_to_digit(inside)
        except PreprocessError as error:
            assert getattr(drawing, result) == str(error)
            refused.add(result)
            continue
        np.testing.assert_allclose(as_array(result, 784)[0], expected.ravel(), rtol=0, atol=1e-5)
    assert refused == {"EMPTY", "SPECK"}


def test_a_filled_area_is_refused_by_both(compute):
    zigzag = np.array([(40 if n % 2 else 240, 40 + 8 * n) for n in range(26)], float)
    found = compute("return drawingToDigit(strokes, side).problem", strokes=[zigzag.tolist()], side=280)
    assert found == "BLOB"
    with pytest.raises(PreprocessError, match="filled area"):
        drawing.drawing_to_digit([zigzag])


def test_a_stroke_under_the_pen_is_smoothed_as_the_finished_one(compute):
    points = ((80, 80), (200, 80), (130, 230), (40, 100))
    live = compute("return smooth(points)", points=[list(point) for point in points])
    (finished,) = from_record(record(points))
    np.testing.assert_allclose(live, finished)


def test_the_way_to_another_digit_is_pythons(compute):
    model, reader = load("calibrated"), load_reader()
    codes = model.vae.encode(load_mnist("test").images[[4, 18]]).z_mean
    start, goal = codes[:1], codes[1:]
    found = compute(
        """const { vae } = unpackModel(bytes(packed));
        const reader = unpackReader(bytes(readerOf));
        const [start, goal] = rows(codes, vae.latentDim);
        const steps = aim(start, 3, [goal], { vae, reader });
        const walked = [];
        for (;;) {
          const { value, done } = steps.next();
          if (done) return { arrived: value.arrived, end: asText([value.z]), walked: walked.length };
          if (value) walked.push(value.z);
        }""",
        packed=base64.b64encode(pack(model)).decode(),
        readerOf=base64.b64encode(pack_reader(reader)).decode(),
        codes=as_text(codes),
    )
    way = aim(model.vae, reader.reader, start[0], 3, goal)
    assert found["arrived"] and way.arrived
    assert found["walked"] == len(way.codes) - 1
    # Rounding adds up over some fifty steps.
    np.testing.assert_allclose(as_array(found["end"], codes.shape[1])[0], way.codes[-1], rtol=0, atol=5e-3)
