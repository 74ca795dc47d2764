"""The network as a picture, drawn from the model's own description, with one digit on its way through it.

Each layer is a card: what it is, and what it makes of this digit. The cards flow in rows, as many side by
side as the screen has room for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ui.show.bars import ACCENT, bars, nice_limit
from ui.show.pictures import image_tag, tile
from ui.show.plain_text import numbers
from vae.config import IMAGE_PIXELS, IMAGE_SHAPE
from vae.errors import ConfigError
from vae.inference import VAE
from vae.layers import Conv, ConvTranspose, Dense, DepthToSpace, Flatten, Layer, Reshape, SpaceToDepth

MAX_MAPS = 16
MAX_BARS = 64


class Step(NamedTuple):
    """One card: a stage of the network and what it makes of the digit.

    Attributes:
        title: What it is, in words.
        detail: Its size and activation, in words; "" for none.
        output: What it makes, (...) without the batch axis.
        weights: How many numbers were learned for it.
    """

    title: str
    detail: str
    output: np.ndarray
    weights: int = 0


ACTIVATIONS = {"relu": ", ReLU", "sigmoid": ", sigmoid", "linear": ""}


def _convolution(name: str) -> Callable[[Conv | ConvTranspose], tuple[str, str]]:
    def words(layer: Conv | ConvTranspose) -> tuple[str, str]:
        stride = f", stride {layer.stride}" if layer.stride > 1 else ""
        size = f"{layer.filters} filters of {layer.kernel}×{layer.kernel}"
        return name, f"{size}{stride}{ACTIVATIONS[layer.activation]}"

    return words


WORDS: dict[type[Layer], Callable[[Layer], tuple[str, str]]] = {
    Dense: lambda layer: ("Dense", f"{layer.units} units{ACTIVATIONS[layer.activation]}"),
    Conv: _convolution("Convolution"),
    ConvTranspose: _convolution("Transposed convolution"),
    Flatten: lambda layer: ("Flatten", "flattened"),
    Reshape: lambda layer: ("Reshape", "reshaped"),
    SpaceToDepth: lambda layer: (
        "Space to depth",
        f"blocks of {layer.block}×{layer.block} pixels become channels",
    ),
    DepthToSpace: lambda layer: (
        "Depth to space",
        f"channels become blocks of {layer.block}×{layer.block} pixels",
    ),
}


def describe(layer: Layer) -> tuple[str, str]:
    """A layer in words: its name, and its size.

    Raises:
        ConfigError: A kind of layer without words.
    """
    if type(layer) not in WORDS:
        raise ConfigError(f"Expected a layer that can be pictured. Received the kind {layer.kind!r}.")
    return WORDS[type(layer)](layer)


def trace(vae: VAE, image: np.ndarray) -> dict[str, list[Step]]:
    """What every layer makes of one image, by part: "encoder", "z_mean", "z_log_var", "decoder".

    Args:
        vae: The network with its weights.
        image: (28, 28) in [0, 1].

    Returns:
        The steps of each part, in order.

    Raises:
        ValueError: An image of another shape, type or range.
    """
    sizes = {name: math.prod(shape) for name, shape in vae.network.weight_shapes().items()}
    parts: dict[str, list[Step]] = {part: [] for part in vae.network.parts()}
    for part, layer, output in vae.activations(image[None]):
        prefix = f"{part}.{len(parts[part])}."
        weights = sum(size for name, size in sizes.items() if name.startswith(prefix))
        parts[part].append(Step(*describe(layer), output[0], weights))
    return parts


def fold(steps: list[Step]) -> list[Step]:
    """The same steps without those that only rearrange a row: the next one mentions them."""
    folded, before = [], ""
    for step in steps:
        if step.title in ("Flatten", "Reshape"):
            before += f"{step.detail} to {_shape(step.output)}; "
        else:
            folded.append(step._replace(detail=before + step.detail))
            before = ""
    return folded


def _unit(values: np.ndarray) -> np.ndarray:
    # One number in a hundred may be clipped to white: a single large one would leave all others dark.
    rank = min(values.size - 1, int(0.99 * values.size))
    low, high = float(min(values.min(), 0)), float(np.partition(values, rank, axis=None)[rank])
    return np.clip((values - low) / (high - low), 0, 1) if high > low else np.zeros_like(values)


def draw_output(output: np.ndarray, alt: str) -> str:
    """HTML of what a layer makes: a picture, its maps side by side, bars, or a sheet of small cells."""
    if output.shape in {(*IMAGE_SHAPE, 1), (IMAGE_PIXELS,)}:
        return image_tag(_unit(output).reshape(IMAGE_SHAPE), alt)
    if output.ndim == 3:
        maps = _unit(output).transpose(2, 0, 1)[:MAX_MAPS]
        return image_tag(tile(maps, math.ceil(math.sqrt(len(maps)))), alt)
    if output.size <= MAX_BARS:
        return bars(output, alt, nice_limit(output), height=130)
    columns = math.ceil(math.sqrt(output.size))
    sheet = np.zeros(columns * math.ceil(output.size / columns), np.float32)
    sheet[: output.size] = _unit(output.ravel())
    return image_tag(sheet.reshape(-1, columns), alt)


def _shape(output: np.ndarray) -> str:
    return "×".join(str(side) for side in output.shape if side > 1 or output.ndim == 1)


def _card(step: Step) -> str:
    shape = _shape(step.output)
    alt = f"What {step.title.lower()} makes of the digit: {numbers(step.output.size)}"
    shown = ""
    if step.output.ndim == 3 and step.output.shape[2] > MAX_MAPS:
        shown = f"<small>the first {MAX_MAPS} of {step.output.shape[2]} maps</small>"
    learned = f"<small>{step.weights:,} weights</small>" if step.weights else ""
    # On a logarithmic scale.
    width = min(100, 100 * math.log(step.output.size) / math.log(6 * IMAGE_PIXELS))
    return (
        f"<figure>{draw_output(step.output, alt)}"
        f'<p><i style="width:{width:.0f}%"></i>{numbers(step.output.size) if step.output.ndim == 1 else shape}</p>'
        f"<figcaption><b>{step.title}</b><span>{step.detail}</span>{learned}{shown}</figcaption></figure>"
    )


_STYLE = f"""<style>
.network h3 {{ margin: 1rem 0 0.5rem; padding: 0; font-size: 1.1rem; }}
.network .row {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(124px, 1fr)); gap: 0.75rem; }}
.network .row.wide {{ grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); }}
.network figure {{ margin: 0; padding: 0.6rem; border-radius: 8px;
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent);
  display: flex; flex-direction: column; gap: 0.4rem; min-width: 0; position: relative; }}
.network figure + figure::before {{ content: "›"; font-weight: bold;
  position: absolute; left: -0.62rem; top: 4rem; }}
.network figcaption b, .network figcaption span {{ display: block; font-size: 0.95rem; line-height: 1.3; }}
.network figcaption span {{ font-size: 0.85rem; opacity: 0.8; }}
.network figcaption small {{ display: block; opacity: 0.75; font-size: 0.8rem; }}
.network img {{ width: 100%; max-width: 150px; display: block;
  image-rendering: pixelated; border-radius: 4px; }}
.network p {{ margin: 0; font-size: 0.9rem; }}
.network p i {{ display: block; height: 5px; border-radius: 3px; margin-bottom: 0.25rem;
  background: {ACCENT}; }}
</style>"""


def architecture_html(vae: VAE, image: np.ndarray) -> str:
    """HTML of the whole network with one image on its way through it.

    Args:
        vae: The network with its weights.
        image: What goes in, (28, 28) in [0, 1].

    Raises:
        ValueError: An image of another shape, type or range.
    """
    parts = trace(vae, image)
    start = Step("Input", "the noisy digit", image[..., None])
    mean, log_var = parts["z_mean"][-1], parts["z_log_var"][-1]
    code = [
        mean._replace(title="Mean", detail="a linear layer on the encoder's output"),
        log_var._replace(title="Log-variance", detail="another linear layer on the encoder's output"),
        Step("z", "in training, a draw from both; here, the mean", mean.output),
    ]
    rows = (
        ("Encoder", "row", [start, *fold(parts["encoder"])]),
        (f"Code: {numbers(vae.network.latent_dim)}", "row wide", code),
        ("Decoder", "row", fold(parts["decoder"])),
    )
    body = "".join(
        f'<h3>{title}</h3><div class="{kind}">{"".join(map(_card, steps))}</div>'
        for title, kind, steps in rows
    )
    return f'{_STYLE}<div class="network">{body}</div>'
