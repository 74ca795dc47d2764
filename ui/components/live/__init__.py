"""The model in the browser: views that repaint at every frame, while a pen, a slider or an animation moves.

The browser fetches a model's weights once a visit, by their address; otherwise Python sends only small things: the
digit, the level, the random field. The browser runs `network.js` on them and tells Python what the visitor settles on.

Denoising and the sliders of the latent space, which are the heart of the app, don't depend on a script: plain Streamlit
widgets do the same by reruns. They take over for the rest of the visit when a view says that it failed, or when the
visitor asks for them with a button, which a style sheet shows where no view runs after a few seconds. They aren't there
from the start because each widget on a page delays the first picture.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from ui import cache
from ui.components.media import media_url
from ui.latent_space.axes import Axes, PropertySlider
from ui.latent_space.directions import Direction
from ui.show.colours import CLASS_COLOURS
from ui.show.plain_text import numbers
from ui.show.reading import ENDS, WORDS
from ui.state import REACH, STEP, STRIP_COUNTS, Explorer, current, new_seed
from vae import drawing
from vae.checkpoints import Checkpoint
from vae.js import SCRIPTS, join_modules
from vae.packing import floats_as_text, pack, pack_reader
from vae.presets import LADDER_WEIGHTS
from vae.reader import ReaderCheckpoint

FOLDER = Path(__file__).parent
WAY_OUT = "live-way-out"
CANVAS_NAME = "A canvas to draw a digit on. Without a pointer, choose Test digit above and type a number."

_STYLE = f"""<style>
@keyframes {WAY_OUT} {{ from {{ visibility: hidden; }} }}
.st-key-{WAY_OUT} {{ animation: {WAY_OUT} 0s 4s backwards; }}
div:has(> .st-key-{WAY_OUT}) {{ position: absolute; }}
[data-live=running] .st-key-{WAY_OUT} {{ display: none; }}
</style>"""
_HTML = '<div class="live" hidden></div>'


def script(*names: str) -> str:
    """The named modules of the package and of this folder as one text, as Streamlit takes a component's script."""
    return join_modules(
        next(path for folder in (SCRIPTS, FOLDER) if (path := folder / f"{name}.js").exists())
        for name in names
    )


_VIEW = ("kernel", "network", "fetch", "model", "reader", "view")
_NOISE = ("corruptions", "metrics", "bench")
_READS = (*_NOISE, "gradual", "reads_as")


# A component's script goes out with its data whenever that changes: so it is this, and the view comes by address.
_STUB = """
const script = document.querySelector("script[src*='/static/js/']");
const app = script ? script.src.split("/static/js/")[0] : location.origin;
const view = await import(app + "{address}");
export default view.default;
"""


def _view(name: str, *modules: str) -> Callable[..., Any]:
    css = (FOLDER / "live.css").read_text(encoding="utf-8")
    source = script(*dict.fromkeys((*_VIEW, *modules)), name).encode()

    def mount(**data: Any) -> Any:
        js = _STUB.format(address=media_url(source, name, "text/javascript"))
        # Registered at each mount: before Streamlit 1.66 what an import registers is lost to a second runtime, and a
        # registration costs next to nothing.
        return st.components.v2.component(f"live_{name}", html=_HTML, css=css, js=js)(**data)

    return mount


_bench_view = _view("bench_view", *_READS, "drawing", "pen", "touch")
_machine_view = _view("machine_view", *_READS, "closeness", "sized_canvas", "code_bars")
_gallery_view = _view("gallery_view", *_NOISE)
_comparison_view = _view("comparison_view", *_READS, "closeness")
_posterior_view = _view("posterior_view", *_NOISE)
_noise_strip = _view("noise_strip", *_NOISE)
_GRADUAL = ("gradual", "chart_frame", "chart_table")
_quality_view = _view("quality_view", *_NOISE, "noise_sweep", *_GRADUAL, "line_chart", "quality_curves")
_path_view = _view("path_view", *_NOISE, "neighbours", *_GRADUAL, "latent_path")
_latent_explorer = _view("latent_explorer", *_READS, "aim", "measures")
_traversals_view = _view("traversals_view", *_READS, "start", "player")
_plane_view = _view("plane_view", *_READS, "start")
_kl_dial = _view("kl_dial", *_READS, "chart_frame", "chart_table", "sized_canvas", "nats", "code_cloud")


def model_id(model: Checkpoint) -> str:
    """What tells a model apart from all others: part of its weights' SHA-256."""
    return model.digest[:16]


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Checkpoint: model_id})
def packed_model(model: Checkpoint) -> bytes:
    """A model as `model.js` reads it."""
    return pack(model)


@st.cache_resource(show_spinner=False, hash_funcs={ReaderCheckpoint: lambda reader: reader.digest})
def packed_reader(reader: ReaderCheckpoint) -> bytes:
    """A reader as `reader.js` reads it."""
    return pack_reader(reader)


def _address(model: Checkpoint) -> tuple[str, str]:
    return model_id(model), media_url(packed_model(model), model_id(model))


def _mount(
    component: Callable[..., Any],
    key: str,
    models: Sequence[Checkpoint],
    data: dict[str, Any],
    stand_in: Callable[[], None] | None = None,
    **on: Callable[[Any], None],
) -> None:
    """Shows a live view; in a visit in which one has failed, what stands in for it, or a sentence.

    Args:
        component: The view.
        key: Names it on its page.
        models: What it runs.
        data: What it shows; small.
        stand_in: Shows the same by Streamlit's own means.
        **on: What is done with what the view tells, by the name of its trigger.
    """
    state = current()
    if not state.live:
        if stand_in is None:
            st.caption("This part of the page runs in your browser, but its script could not start.")
        else:
            stand_in()
        return

    def heard(trigger: str, take: Callable[[Any], None]) -> Callable[[], None]:
        def hear() -> None:
            # A view that another one's failure has just taken away may still say something.
            if key in st.session_state:
                take_in(take, st.session_state[key][trigger])
            elif trigger == "failed":
                give_up()
            state.write_address()

        return hear

    def give_up(_error: str = "") -> None:
        state.live = False

    triggers = {"failed": give_up, **on}
    component(
        key=key,
        data={"models": [_address(model) for model in models], "reader": _reader_of(models[0]), **data},
        **{f"on_{trigger}_change": heard(trigger, take) for trigger, take in triggers.items()},
    )


def take_in(take: Callable[[Any], None], told: Any) -> None:
    """Does what is done with what a view tells; it comes from a browser, so what makes no sense counts as nothing."""
    # Alone of all that JSON holds, what is no number would pass for one.
    with suppress(TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError):
        json.dumps(told, allow_nan=False)
        take(told)


def _reader_of(model: Checkpoint) -> dict[str, Any] | None:
    # What reads the pictures that a model makes, and how that is said.
    reader = cache.reader_of(model)
    if reader is None:
        return None
    name = f"reader-{reader.digest[:16]}"
    return {"id": name, "url": media_url(packed_reader(reader), name), "words": WORDS, "ends": ENDS}


def _keep_level(level: float) -> None:
    current().level = round(min(max(float(level), 0.0), 1.0), 2)


def _keep_hole(hole: Sequence[float]) -> None:
    down, right = (round(min(max(float(share), 0.0), 1.0), 2) for share in hole)
    current().hole = (down, right)


_NOISE_TRIGGERS = {"level": _keep_level, "hole": _keep_hole}


def bench_view(model: Checkpoint, shown: bool, stand_in: Callable[[bool], None]) -> None:
    """The bench's own view, by which every other one knows the digit and its noise.

    Args:
        model: Who denoises.
        shown: Whether it shows the noisy and the denoised digit and the slider of the level.
        stand_in: Shows the same by Streamlit's own means, for where the live view can't run.
    """
    state = current()
    if not state.live:
        st.info(
            "The live view can't run here. These controls do the same; the pictures follow when you let go. "
            "Reload the page to try it again."
        )
    # The model takes seconds on a slow line: until it is there, the browser shows what it makes of this digit.
    is_first = model_id(model) not in state.met
    state.met.add(model_id(model))
    denoised = model.vae.denoise(state.corrupt(state.digit.image[None]))[0] if is_first else None
    several = drawing.SEVERAL if drawing.looks_like_several(state.drawing.strokes) else ""
    data = {
        "title": state.digit.title,
        "clean": floats_as_text(state.digit.image),
        "drawing": state.source == "drawing",
        "strokes": [stroke.ravel().tolist() for stroke in state.drawing.strokes],
        "changes": state.drawing.changes,
        "canvasSide": drawing.CANVAS_SIDE,
        "problem": (state.drawing.problem or several) if state.source == "drawing" else "",
        "standIn": {"clean": floats_as_text(state.example.image), "title": state.example.title},
        "words": {
            "drawing": "My drawing",
            "canvas": CANVAS_NAME,
            "EMPTY": "",
            "SPECK": drawing.SPECK,
            "BLOB": drawing.BLOB,
        },
        "denoised": None if denoised is None else floats_as_text(denoised),
        "level": state.level,
        "corruption": state.corruption,
        "field": floats_as_text(cache.noise_field(state.corruption, state.seed)[0]),
        "hole": state.hole,
        "shown": shown,
        "page": state.page,
        "address": urlencode(state.to_link()),
    }
    _mount(_bench_view, "live-bench", [model], data, lambda: stand_in(shown), **_NOISE_TRIGGERS)
    if state.live:
        with st.container(key=WAY_OUT):
            st.html(_STYLE)
            st.button("Nothing showing? Use basic controls", on_click=lambda: setattr(state, "live", False))


def machine_view(model: Checkpoint, stand_in: Callable[[], None]) -> None:
    """The whole machine as one picture, live under the pen and under the slider of the level.

    Args:
        model: Who denoises.
        stand_in: Shows Streamlit's own slider and pictures, for where the live view can't run.
    """
    explain = f"Code: {numbers(model.vae.network.latent_dim)}"
    _mount(_machine_view, "live-machine", [model], {"explain": explain}, stand_in, **_NOISE_TRIGGERS)


def gallery_view(model: Checkpoint) -> None:
    """The first test pictures at the current noise, clean, noisy and denoised."""
    state, test = current(), cache.test_set(model)
    field = cache.noise_field(state.corruption, state.seed)
    data = {
        "noun": test.noun,
        "digits": {"url": media_url(test.gallery, "gallery-digits")},
        "field": {"url": media_url(field.tobytes(), f"field-{state.corruption}-{state.seed}")},
    }
    _mount(_gallery_view, "live-gallery", [model], data)


def comparison_view(models: Sequence[Checkpoint]) -> None:
    """The noisy digit denoised by several models, live under the pen and under the slider of the level."""
    _mount(_comparison_view, "live-comparison", models, {"names": [model.name for model in models]})


def posterior_view(model: Checkpoint, shown: dict[str, Any]) -> None:
    """Samples of the posterior of the noisy digit, live under the pen and under the slider of the level.

    Args:
        model: Whose posterior.
        shown: "samples": how many; "epsilon": their standard normal draws, (samples, latent_dim); "white": the
            standard deviation that is shown white; "caption" of its picture; "words": templates of its sentences.
    """
    _mount(_posterior_view, "live-posterior", [model], {**shown, "epsilon": floats_as_text(shown["epsilon"])})


def _draws_of_noise() -> dict[str, str]:
    # What tells a view of several draws of the current noise, the first of them being the one that all views show.
    state = current()
    draws = cache.noise_draws(state.corruption, state.seed)
    return {"corruption": state.corruption, "fields": media_url(draws, "noise-draws")}


def quality_view(models: Sequence[Checkpoint], shown: dict[str, Any]) -> None:
    """How close every method comes to the digit as the noise rises, live under the pen, for several draws of it.

    Args:
        models: Who denoises, beside the noisy picture itself and the median filter.
        shown: "methods": the names of those two and of the models, with their "colours"; "levels"; "charts": the "alt",
            "x" and "y" of each measure, with "title" and "domain"; "trained": the levels that are shaded, or None;
            "words": templates of all sentences.
    """
    _mount(_quality_view, "live-quality", models, shown | _draws_of_noise())


def path_view(model: Checkpoint, shown: dict[str, Any], known: bytes) -> None:
    """Where the digit's code goes as the noise rises, live under the pen, for several draws of it.

    Args:
        model: Who encodes.
        shown: "levels"; "origin": where the code 0 lies along the first two principal components; "titles" of these;
            "count" of known digits; "draws": how many at most; "colours" and "names" of the classes; "words": templates
            of all sentences.
        known: The codes of known digits, float32, and the places of their classes, uint16.
    """
    data = shown | {"known": media_url(known, f"known-{model_id(model)}")}
    _mount(_path_view, "live-path", [model], data | _draws_of_noise())


def noise_strip(model: Checkpoint, trained: tuple[float, float] | None = None) -> None:
    """The current digit across noise levels, noisy above and denoised below, live under the pen and under sliders.

    Args:
        model: Who denoises.
        trained: The lowest and the highest level that the model was trained on: those between are marked.
    """
    strip = current().noise_levels

    def keep(chosen: dict[str, Any]) -> None:
        strip.count = int(np.clip(chosen["count"], *STRIP_COUNTS))
        low, high = sorted(round(min(max(float(level), 0.0), 1.0), 2) for level in chosen["range"])
        strip.span = (low, high)

    data = {"counts": STRIP_COUNTS, "count": strip.count, "range": strip.span, "trained": trained}
    _mount(_noise_strip, "live-strip", [model], data, settled=keep)


def latent_explorer(
    model: Checkpoint,
    explorer: Explorer,
    axes: Axes,
    properties: Sequence[PropertySlider],
    goals: dict[str, np.ndarray],
    words: dict[str, str],
    stand_in: Callable[[], None],
) -> None:
    """Sliders on axes of the latent space and on measured properties, with what they decode to live beside them.

    Args:
        model: Whose latent space.
        explorer: Where the sliders stand; it has begun with these axes.
        axes: The axes that have a slider each.
        properties: What has a slider of its own.
        goals: Codes of each digit that the picture can be turned into, (n, latent_dim), by its name.
        words: Templates of the view's sentences.
        stand_in: Shows Streamlit's own sliders and pictures, for where the live view can't run.
    """

    def keep(told: dict[str, Any]) -> None:
        before = explorer.positions
        places = {
            axis: round(float(np.clip(position, -REACH, REACH)), 2)
            for axis, position in enumerate(told["positions"][: len(before)])
            if abs(position - before[axis]) > 1e-6
        }
        raised = {
            one.name: round(float(np.clip(told["raised"].get(one.name, 0), -REACH, REACH)), 2)
            for one in properties
        }
        explorer.settle(places, raised)

    data = {
        "code": floats_as_text(explorer.code),
        "origin": [float(position) for position in explorer.origin],
        "positions": [float(position) for position in explorer.positions],
        "raised": dict(explorer.raised),
        "listed": explorer.listed,
        "labels": axes.without_meaning() if current().unnamed else list(axes.titles),
        "axes": {"directions": floats_as_text(axes.directions), "inverse": floats_as_text(axes.inverse)},
        "properties": [
            {
                "name": one.name,
                "label": one.label,
                "unit": one.unit,
                "start": one.start,
                "deviation": one.deviation,
                "direction": floats_as_text(one.direction),
            }
            for one in properties
        ],
        "reach": REACH,
        "step": STEP,
        "digits": list(goals),
        "goals": [floats_as_text(codes) for codes in goals.values()],
        "words": words,
    }
    _mount(_latent_explorer, "live-explorer", [model], data, stand_in, settled=keep)


def traversals_view(
    model: Checkpoint,
    rows: Sequence[Direction],
    around: np.ndarray | None,
    columns: Sequence[float],
    frames: int,
) -> None:
    """Walks along directions, a row of pictures for each and one row large and moving, live under the pen.

    Args:
        model: Whose latent space.
        rows: All directions that there are, in their order.
        around: The code that every walk passes through in its middle, (latent_dim,); None for the current digit's.
        columns: Where a row's pictures stand, in standard deviations.
        frames: How many pictures the large row has, from -REACH to REACH.
    """
    traversals = current().traversals
    shown, row = min(traversals.rows, len(rows)), min(traversals.row, len(rows) - 1)

    def keep(place: int) -> None:
        traversals.row = min(max(int(place), 0), len(rows) - 1)

    # The chosen row may be none of those that are listed.
    sent = rows[: max(shown, row + 1)]
    data = {
        "around": None if around is None else floats_as_text(around),
        "labels": [direction.label for direction in sent],
        "dead": [direction.dead for direction in sent],
        "vectors": floats_as_text(np.stack([direction.vector for direction in sent])),
        "shown": shown,
        "row": row,
        "columns": [float(steps) for steps in columns],
        "frames": frames,
        "reach": REACH,
    }
    _mount(_traversals_view, "live-traversals", [model], data, row=keep)


def plane_view(
    model: Checkpoint, around: np.ndarray | None, steps: Sequence[float], words: dict[str, str]
) -> None:
    """What the decoder makes of the plane of the two strongest components, live under the pen.

    Args:
        model: Whose latent space, of two dimensions at least.
        around: The code in the plane's middle, (latent_dim,); None for the current digit's.
        steps: Where the pictures stand along each side, in standard deviations, from -reach to reach.
        words: What a screen reader says of the plane, "alt"; templates of all other sentences.
    """
    digit_map = current().digit_map

    def keep(places: Sequence[float]) -> None:
        digit_map.pins = tuple(round(float(np.clip(place, -REACH, REACH)), 2) for place in places[:4])

    data = {
        "around": None if around is None else floats_as_text(around),
        "vectors": floats_as_text(model.components.directions[:2]),
        "steps": [float(step) for step in steps],
        "reach": REACH,
        "pins": digit_map.pins,
        "colours": CLASS_COLOURS,
        "alt": words["alt"],
        "words": words,
    }
    _mount(_plane_view, "live-plane", [model], data, pins=keep)


def kl_dial(
    models: Sequence[Checkpoint], shown: dict[str, Any], draws: np.ndarray, end: np.ndarray, clouds: bytes
) -> None:
    """Siblings that differ in the weight of the KL divergence, one at a time, live under the dial and under the pen.

    Args:
        models: The siblings, by rising weight.
        shown: "stops": of each sibling its "name", "rates" by dimension in nats, "active" dimensions, "rate",
            "distortion", the two "dimensions" of its cloud, how far that "reach"es, and "words" that fill the
            templates; "most" nats of all dimensions; "axes" of the curve; "steps": where a walk's pictures stand, 0
            to 1; "words": templates of all sentences.
        draws: Standard normal draws, (n, latent_dim); the first makes the sampled code, the others are decoded.
        end: Where the walk ends, (28, 28).
        clouds: The siblings' clouds, as `code_cloud.js` reads them.
    """
    dial = current().dial

    def keep(stop: int) -> None:
        dial.kl_weight = LADDER_WEIGHTS[min(max(int(stop), 0), len(LADDER_WEIGHTS) - 1)]

    def again(_: bool) -> None:
        dial.seed = new_seed()

    def walk_to(label: int) -> None:
        dial.walk_to = min(max(int(label), 0), 9)

    stops = [stop | {"model": _address(model)} for stop, model in zip(shown["stops"], models, strict=True)]
    data = {
        "stop": dial.stop,
        "latentDim": draws.shape[1],
        "epsilon": floats_as_text(draws[0]),
        "draws": floats_as_text(draws[1:]),
        "end": floats_as_text(end),
        "walkTo": dial.walk_to,
        "clouds": media_url(clouds, "ladder-clouds"),
    }
    shown_first = [models[dial.stop]]
    _mount(
        _kl_dial,
        "live-dial",
        shown_first,
        shown | {"stops": stops} | data,
        stop=keep,
        again=again,
        end=walk_to,
    )
