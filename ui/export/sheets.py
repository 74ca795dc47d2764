"""Which pictures each page has to give, and how the package makes them."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ui import cache
from ui.anomaly.scores import non_digits
from ui.export.sheet import Sheet
from ui.generate.draws import COLUMNS, DRAWS, draw_codes
from ui.latent_space.directions import directions
from ui.noise_levels.posterior import SAMPLES
from ui.show.download import there_and_back
from ui.show.plain_text import with_minus
from ui.state import REACH, State
from vae import corruptions, drawing, noise_sweep
from vae.checkpoints import Checkpoint, shipped_models
from vae.latent import interpolate, traverse
from vae.nondigits import NON_DIGITS
from vae.posterior import sample_posterior

# Where a walk's pictures stand, in standard deviations, and its moving ones.
STOPS, FRAMES = np.linspace(-REACH, REACH, 7), np.linspace(-REACH, REACH, 43)
PLANE = np.linspace(-REACH, REACH, 15)
MORPH = 9
GALLERY = 10


def sheets_of(page: str, state: State, model: Checkpoint) -> list[Sheet]:
    """The pictures of a page as it is now; none where it has none to give.

    Args:
        page: The page's file in pages/, without its ending.
        state: The visitor's.
        model: The picked model.
    """
    return [sheet for make in _SHEETS.get(page, ()) if (sheet := make(state, model)) is not None]


def _about(model: Checkpoint | None, state: State, level: bool = False, digit: bool = True) -> str:
    kind = corruptions.CORRUPTIONS[state.corruption].label
    noise = f"{kind}, level {state.level:.2f}" if level else kind
    said = [*([model.name] if model else []), f"{noise}, seed {state.seed}"]
    return " · ".join([*said, state.digit.title] if digit else said)


_START = {
    "digit": "from my digit",
    "noisy": "from my digit, noisy",
    "mean": "from the mean of all codes",
    "test": "from a test digit",
    "prior": "from a random draw",
}
_SOURCES = {
    "prior": "drawn from the prior",
    "codes": "drawn from a Gaussian fitted to the codes",
    "mixture": "drawn from a mixture fitted to the codes",
}


def _name(model: str) -> str:
    # A model of one's own is found by its name where it was trained, or by its folder: not by this server's path.
    return model if model in shipped_models() else Path(model).name


def _load(state: State) -> str:
    own = "" if state.model in shipped_models() else "  # Your own: download it, and give its folder here."
    return f"model = vae.load({_name(state.model)!r}){own}"


def _digit(state: State) -> list[str]:
    # Lines that make the current digit, `clean`.
    image = state.digit.image
    if state.source == "drawing" and image is state.drawing.digit:
        return [
            f"clean = drawing.drawing_to_digit(drawing.from_text({drawing.to_text(state.drawing.strokes)!r}))"
        ]
    if state.source == "upload" and image is state.upload:
        shades = base64.b64encode(zlib.compress(np.round(image * 255).astype(np.uint8).tobytes(), 9)).decode()
        return [
            "import base64, zlib",
            f"shades = zlib.decompress(base64.b64decode({shades!r}))",
            "clean = (np.frombuffer(shades, np.uint8).reshape(28, 28) / 255).astype(np.float32)",
        ]
    index = state.test_set.number(state.test_index) if state.source == "test" else 0
    return [f"clean = model.test_set().images[{index}]"]


def _noise(state: State) -> str:
    # What `corruptions.corrupt` and `noise_sweep.sweep` take after the level, as code.
    return f"np.random.default_rng({state.seed}), hole={tuple(map(float, state.hole))!r}"


def _noisy(state: State) -> list[str]:
    call = f"corruptions.corrupt(clean[None], {state.corruption!r}, {state.level!r}, {_noise(state)})"
    return [*_digit(state), f"noisy = {call}[0]"]


def _triple(state: State, model: Checkpoint) -> Sheet:
    clean = state.digit.image
    noisy = state.corrupt(clean[None])[0]
    return Sheet(
        "A digit, noisy and denoised",
        np.stack([clean, noisy, model.vae.denoise(noisy)])[None],
        (),
        ("clean", f"noisy, level {state.level:.2f}", "denoised"),
        _about(model, state, level=True),
        [
            _load(state),
            *_noisy(state),
            "pictures = np.stack([clean, noisy, model.vae.denoise(noisy)])[None]",
        ],
    )


def _gallery(state: State, model: Checkpoint) -> Sheet:
    clean = cache.test_set(model).images[:GALLERY]
    field = cache.noise_field(state.corruption, state.seed)[: len(clean)]
    noisy = corruptions.apply(clean, state.corruption, state.level, field, hole=state.hole)
    return Sheet(
        f"Test digits at noise level {state.level:.2f}",
        np.stack([clean, noisy, model.vae.denoise(noisy)]),
        ("clean", "noisy", "denoised"),
        (),
        _about(model, state, level=True, digit=False),
        [
            _load(state),
            f"clean = model.test_set().images[:{GALLERY}]",
            f"field = corruptions.draw_field({state.corruption!r}, {GALLERY}, np.random.default_rng({state.seed}))",
            f"noisy = corruptions.apply(clean, {state.corruption!r}, {state.level!r}, field[: len(clean)], "
            f"hole={tuple(map(float, state.hole))!r})",
            "pictures = np.stack([clean, noisy, model.vae.denoise(noisy)])",
        ],
    )


def _strip(state: State, model: Checkpoint) -> Sheet:
    (low, high), count = state.noise_levels.span, state.noise_levels.count
    levels = np.linspace(low, high, count)
    noisy = noise_sweep.sweep(state.digit.image, state.corruption, levels, state.rng(), hole=state.hole)[:, 0]
    return Sheet(
        "One digit across noise levels",
        np.stack([noisy, model.vae.denoise(noisy)]),
        ("noisy", "denoised"),
        [f"{level:.2f}" for level in levels],
        _about(model, state),
        [
            _load(state),
            *_digit(state),
            f"levels = np.linspace({low!r}, {high!r}, {count})",
            f"noisy = noise_sweep.sweep(clean, {state.corruption!r}, levels, {_noise(state)})[:, 0]",
            "pictures = np.stack([noisy, model.vae.denoise(noisy)])",
        ],
        frames=there_and_back(model.vae.denoise(noisy)),
        fps=8,
    )


def _models(state: State, model: Checkpoint) -> Sheet:
    noisy = state.corrupt(state.digit.image[None])[0]
    names = list(dict.fromkeys([*shipped_models(), state.model]))
    models = [model if name == state.model else cache.load_model(name) for name in names]
    return Sheet(
        "Model beside model",
        np.stack([noisy, *(one.vae.denoise(noisy) for one in models)])[None],
        (),
        (f"noisy, level {state.level:.2f}", *(one.name for one in models)),
        _about(None, state, level=True),
        [
            _load(state),
            *_noisy(state),
            f"models = [vae.load(name) for name in {[_name(name) for name in names]!r}]",
            "pictures = np.stack([noisy, *(one.vae.denoise(noisy) for one in models)])[None]",
        ],
    )


def _samples(state: State, model: Checkpoint) -> Sheet:
    noisy = state.corrupt(state.digit.image[None])[0]
    return Sheet(
        "Samples of the posterior",
        sample_posterior(model.vae, noisy, SAMPLES, state.rng()).images[None],
        (),
        (),
        _about(model, state, level=True),
        [
            _load(state),
            *_noisy(state),
            f"drawn = posterior.sample_posterior(model.vae, noisy, {SAMPLES}, np.random.default_rng({state.seed}))",
            "pictures = drawn.images[None]",
        ],
    )


def _floats(array: np.ndarray) -> str:
    # Numbers as code that gives them back to the last bit.
    packed = base64.b64encode(zlib.compress(np.asarray(array, "<f4").tobytes(), 9)).decode()
    return f'np.frombuffer(zlib.decompress(base64.b64decode("{packed}")), "<f4")'


def _explored(state: State, model: Checkpoint) -> Sheet | None:
    explorer = state.explorer
    if explorer.code is None or explorer.placed is None:
        return None
    now = explorer.current_code(_properties(state, model))
    start = explorer.code.astype(np.float32)
    return Sheet(
        "The start, and where the sliders stand",
        model.vae.decode(np.stack([start, now]).astype(np.float32))[None],
        (),
        ("start", "now"),
        f"{model.name} · {_START[explorer.start]}",
        [
            "import base64, zlib",
            _load(state),
            f"codes = {_floats(np.stack([start, now]))}.reshape(2, -1)",
            "pictures = model.vae.decode(codes)[None]",
        ],
        frames=there_and_back(
            model.vae.decode(interpolate(start, now.astype(np.float32), 21).astype(np.float32))
        ),
    )


def _properties(state: State, model: Checkpoint):
    from ui.latent_space.axes import property_sliders

    return property_sliders(model, state.model, state.explorer.code)


def _traversals(state: State, model: Checkpoint) -> Sheet:
    choices = state.traversals
    rows = directions(model, choices.basis)
    shown = rows[: min(choices.rows, len(rows))]
    chosen = rows[min(choices.row, len(rows) - 1)]
    is_mine = choices.around == "digit"
    code = model.vae.encode(state.digit.image[None]).z_mean[0] if is_mine else model.components.mean
    vectors = np.stack([row.vector for row in shown])
    count = len(shown)
    if choices.basis == "components":
        lines = [f"directions = model.components.directions[:{count}]"]
    else:
        lines = [
            f'order = np.argsort(-model.kl, kind="stable")[:{count}]',
            "directions = latent.dimension_directions(model.components)[order]",
        ]
    return Sheet(
        "Walks through the latent space",
        np.stack([model.vae.decode(walk) for walk in traverse(code, vectors, STOPS)]),
        [row.title for row in shown],
        [with_minus(f"{step:+.0f}") if step else "0" for step in STOPS],
        f"{model.name} · around {state.digit.title if is_mine else 'the mean of all codes'}",
        [
            _load(state),
            *(_digit(state) if is_mine else []),
            "code = model.vae.encode(clean[None]).z_mean[0]" if is_mine else "code = model.components.mean",
            *lines,
            f"walks = latent.traverse(code, directions, np.linspace({-REACH!r}, {REACH!r}, {len(STOPS)}))",
            "pictures = np.stack([model.vae.decode(walk) for walk in walks])",
        ],
        frames=there_and_back(model.vae.decode(traverse(code, chosen.vector[None], FRAMES)[0])),
    )


def _plane(state: State, model: Checkpoint) -> Sheet | None:
    if state.digit_map.layout != "plane" or model.config.network.latent_dim < 2:
        return None
    is_mine = state.digit_map.through == "digit"
    code = model.vae.encode(state.digit.image[None]).z_mean[0] if is_mine else model.components.mean
    first, second = model.components.directions[:2]
    codes = np.stack([[code + x * first + y * second for x in PLANE] for y in PLANE[::-1]]).astype(np.float32)
    return Sheet(
        "What the decoder makes of a plane",
        np.stack([model.vae.decode(row) for row in codes]),
        [with_minus(f"{y:.1f}") for y in PLANE[::-1]],
        [with_minus(f"{x:.1f}") for x in PLANE],
        f"{model.name} · through {state.digit.title if is_mine else 'the mean of all codes'}",
        [
            _load(state),
            *(_digit(state) if is_mine else []),
            "code = model.vae.encode(clean[None]).z_mean[0]" if is_mine else "code = model.components.mean",
            "first, second = model.components.directions[:2]",
            f"steps = np.linspace({-REACH!r}, {REACH!r}, {len(PLANE)})",
            "codes = [[code + x * first + y * second for x in steps] for y in steps[::-1]]",
            "pictures = np.stack([model.vae.decode(row) for row in np.float32(codes)])",
        ],
    )


def _ladder(state: State, model: Checkpoint) -> Sheet:
    siblings, dial = cache.ladder(), state.dial
    latent_dim = siblings[0].model.config.network.latent_dim
    epsilon = np.random.default_rng(dial.seed).standard_normal((1 + GALLERY, latent_dim), dtype=np.float32)[
        1:
    ]
    return Sheet(
        "The same draws from the prior, by the weight of the KL term",
        np.stack([sibling.model.vae.decode(epsilon) for sibling in siblings]),
        [f"weight {sibling.figures.kl_weight:g}" for sibling in siblings],
        (),
        f"siblings that differ in the weight of the KL term alone · seed {dial.seed}",
        [
            "from vae.ladder import load_ladder",
            "siblings = [sibling.model for sibling in load_ladder()]",
            "latent_dim = siblings[0].config.network.latent_dim",
            f"rng = np.random.default_rng({dial.seed})",
            f"codes = rng.standard_normal(({1 + GALLERY}, latent_dim), dtype=np.float32)[1:]",
            "pictures = np.stack([sibling.vae.decode(codes) for sibling in siblings])",
        ],
    )


def _draws(state: State, model: Checkpoint) -> Sheet | None:
    made = state.generate
    if made.what != "draw":
        return None
    codes = draw_codes(model, state.model, made.source, made.temperature, made.seed, made.digit)
    if codes is None:
        return None
    return Sheet(
        "Draws that nobody wrote",
        model.vae.decode(codes).reshape(DRAWS // COLUMNS, COLUMNS, 28, 28),
        (),
        (),
        f"{model.name} · {_SOURCES[made.source]}, temperature {made.temperature:g}, seed {made.seed}",
        [
            "import base64, zlib",
            _load(state),
            f"# Codes drawn from the {made.source}, temperature {made.temperature:g}, seed {made.seed}.",
            f"codes = {_floats(codes)}.reshape({DRAWS}, -1)",
            f"pictures = model.vae.decode(codes).reshape({DRAWS // COLUMNS}, {COLUMNS}, 28, 28)",
        ],
    )


def _morph(state: State, model: Checkpoint) -> Sheet | None:
    made, test = state.generate, cache.test_set(model)
    if made.what != "morph":
        return None
    lines, ends = [], []
    for name in ("start", "end"):
        if getattr(made, name) == "digit":
            lines += [*_digit(state), f"{name} = clean"]
            ends.append(state.digit.image)
        else:
            index = test.number(getattr(made, f"{name}_index"), 1 if name == "end" else 0)
            lines.append(f"{name} = model.test_set().images[{index}]")
            ends.append(test.images[index])
    spherical = made.path == "spherical"
    codes = interpolate(*model.vae.encode(np.stack(ends)).z_mean, 41, spherical=spherical)
    return Sheet(
        "From one digit to another",
        model.vae.decode(codes[:: 40 // (MORPH - 1)])[None],
        (),
        [f"{share:.0%}" for share in np.linspace(0, 1, MORPH)],
        f"{model.name} · a {made.path} path",
        [
            _load(state),
            *lines,
            "ends = model.vae.encode(np.stack([start, end])).z_mean",
            f"codes = latent.interpolate(*ends, 41, spherical={spherical})[::{40 // (MORPH - 1)}]",
            "pictures = model.vae.decode(codes)[None]",
        ],
        frames=there_and_back(model.vae.decode(codes)),
        fps=25,
    )


def _non_digits(state: State, model: Checkpoint) -> Sheet | None:
    if not model.knows_digits:
        return None
    images = non_digits(state.anomaly.seed)
    stacked = np.stack(list(images.values()))
    return Sheet(
        "Non-digits, and what the model makes of them",
        np.stack([stacked, model.vae.denoise(stacked)]),
        ("picture", "the model's"),
        [NON_DIGITS[kind].label for kind in images],
        f"{model.name} · seed {state.anomaly.seed}",
        [
            "from vae.nondigits import NON_DIGITS, make_non_digits",
            _load(state),
            'digits = vae.load_mnist("test")',
            "made = [",
            f"    make_non_digits(kind, digits, 1, np.random.default_rng({state.anomaly.seed}))[0]",
            "    for kind in NON_DIGITS",
            "]",
            "pictures = np.stack([np.stack(made), model.vae.denoise(np.stack(made))])",
        ],
    )


_SHEETS: dict[str, tuple[Callable[[State, Checkpoint], Sheet | None], ...]] = {
    "denoise": (_triple, _gallery),
    "how_it_works": (_triple, _samples),
    "noise_levels": (_strip, _models, _samples),
    "latent_space": (_explored,),
    "traversals": (_traversals,),
    "digit_map": (_plane,),
    "kl_dial": (_ladder, _triple),
    "generate": (_draws, _morph),
    "anomaly": (_non_digits,),
}
