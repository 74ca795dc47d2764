"""The notebook's figures as files: galleries, loss curves, the latent space. With matplotlib, but never pyplot.

Each function draws one figure and returns it; `save` writes it as PNG, SVG or PDF. Pictures are white on black.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vae import corruptions, metrics
from vae.checkpoints import Checkpoint
from vae.data import Digits
from vae.ladder import Sibling
from vae.latent import traverse

FORMATS = ("png", "svg", "pdf")
COLUMNS = 10
LEVELS = np.linspace(0, 1, 11)
STEPS = np.linspace(-3, 3, 11)
TRAVERSED = 8
SAMPLE_ROWS = 5
DOTS = 3_000
CELL = 0.65  # Inches.


def _axes(width: float, height: float, title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, fontsize=11)
    return figure, axes


def gallery(
    pictures: np.ndarray, rows: list[str], columns: list[str], title: str, cell: float = CELL
) -> Figure:
    """Pictures in rows and columns.

    Args:
        pictures: Floats in [0, 1], (rows, columns, 28, 28).
        rows: A name for each row, or none.
        columns: A name for each column, or none.
        title: What stands above them.
        cell: How wide and how high a picture is, inches.
    """
    down, across, height, width = pictures.shape
    # A white line between pictures: the figure's ground shows through.
    framed = np.full((down, across, height + 1, width + 1), np.nan, np.float32)
    framed[..., :height, :width] = pictures
    mosaic = framed.transpose(0, 2, 1, 3).reshape(down * (height + 1), -1)[:-1, :-1]
    left = 0.1 * max(map(len, rows), default=0)
    figure, axes = _axes(left + cell * across, 0.4 + cell * down, title)
    axes.imshow(mosaic, cmap="gray", vmin=0, vmax=1, interpolation="none")
    axes.set_yticks([i * (height + 1) + height / 2 for i in range(len(rows))], rows)
    axes.set_xticks([i * (width + 1) + width / 2 for i in range(len(columns))], columns)
    axes.tick_params(length=0, labelsize=9)
    axes.spines[:].set_visible(False)
    return figure


def denoising_gallery(
    model: Checkpoint, digits: Digits, rng: np.random.Generator, sigma: float = 0.2
) -> Figure:
    """Ten digits clean, with Gaussian noise, and denoised, as the notebook showed them.

    Args:
        model: Who denoises.
        digits: At least ten.
        rng: Where the noise comes from.
        sigma: Its standard deviation, pixel intensities in [0, 1].
    """
    clean = digits.images[:COLUMNS]
    noisy = corruptions.corrupt(clean, "gaussian", sigma, rng)
    pictures = np.stack([clean, noisy, model.vae.denoise(noisy)])
    quality = metrics.psnr(pictures[2], clean).mean()
    title = f"{model.name} at sigma {sigma:g}: {quality:.1f} dB on these {COLUMNS} digits"
    return gallery(pictures, ["clean", "noisy", "denoised"], [], title)


def noise_levels_gallery(model: Checkpoint, digits: Digits, rng: np.random.Generator) -> Figure:
    """The first digit under rising Gaussian noise, the same noise only stronger, and denoised."""
    field = corruptions.draw_field("gaussian", 1, rng)
    noisy = np.concatenate(
        [corruptions.apply(digits.images[:1], "gaussian", level, field) for level in LEVELS]
    )
    title = f"{model.name}: one digit as sigma rises"
    names = [f"{level:.1f}" for level in LEVELS]
    return gallery(np.stack([noisy, model.vae.denoise(noisy)]), ["noisy", "denoised"], names, title)


def samples_gallery(model: Checkpoint, digits: Digits, rng: np.random.Generator) -> Figure:
    """What draws from the prior N(0, I) decode to."""
    z = rng.standard_normal((SAMPLE_ROWS * COLUMNS, model.config.network.latent_dim), dtype=np.float32)
    pictures = model.vae.decode(z).reshape(SAMPLE_ROWS, COLUMNS, 28, 28)
    return gallery(pictures, [], [], f"{model.name}: draws from the prior N(0, I)")


def traversals_gallery(model: Checkpoint, digits: Digits, rng: np.random.Generator) -> Figure:
    """The first digit's code moved along each of the strongest principal components."""
    directions = model.components.directions[:TRAVERSED]
    codes = traverse(model.vae.encode(digits.images[:1]).z_mean[0], directions, STEPS)
    pictures = model.vae.decode(codes.reshape(-1, codes.shape[-1])).reshape(*codes.shape[:2], 28, 28)
    rows = [f"component {n}" for n in range(1, len(directions) + 1)]
    title = f"{model.name}: one digit moved by standard deviations of the codes"
    return gallery(pictures, rows, [f"{step:+.1f}" if step else "0" for step in STEPS], title)


def codes_scatter(model: Checkpoint, digits: Digits, rng: np.random.Generator) -> Figure:
    """Where the codes of some digits lie along the two strongest principal components."""
    images, labels = digits.images[:DOTS], digits.labels[:DOTS]
    coordinates = model.components.standardise(model.vae.encode(images).z_mean)
    # A code of one dimension has no second component.
    x, y = coordinates[:, 0], coordinates[:, 1] if coordinates.shape[1] > 1 else np.zeros(len(images))
    figure, axes = _axes(6, 5, f"{model.name}: codes of {len(images):,} test pictures")
    colours = matplotlib.colormaps["tab20" if len(np.unique(labels)) > 10 else "tab10"]
    for label in np.unique(labels):
        shown = labels == label
        axes.scatter(x[shown], y[shown], s=6, color=colours(int(label) % colours.N), label=str(label))
    axes.set(xlabel="component 1, standard deviations", ylabel="component 2, standard deviations")
    axes.legend(markerscale=2, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def component_variance(model: Checkpoint, digits: Digits, rng: np.random.Generator) -> Figure:
    """The share of the codes' variance along each principal component, and of all up to it."""
    shares = 100 * model.components.explained_variance_ratio
    numbers = np.arange(1, len(shares) + 1)
    figure, axes = _axes(6.5, 4, f"{model.name}: variance of the codes by principal component")
    axes.bar(numbers, shares, color="C0", label="this component")
    axes.set(xlabel="principal component", ylabel="this component, percent of the variance")
    total = axes.twinx()
    total.plot(numbers, np.cumsum(shares), color="C1", label="all up to it")
    total.set(ylim=(0, 105), ylabel="all up to it, percent of the variance")
    axes.legend(handles=[*axes.containers, *total.lines], loc="center right")
    return figure


def loss_curves(model: Checkpoint, digits: Digits, rng: np.random.Generator) -> Figure | None:
    """The loss and what it is made of, epoch by epoch; None for a model whose card has no history."""
    history = model.card.get("training", {}).get("history", [])
    if not history:
        return None
    epochs = [epoch["epoch"] for epoch in history]
    names = {
        "loss": "loss",
        "validation_loss": "validation loss",
        "reconstruction_loss": "reconstruction loss",
        "kl_divergence": "KL divergence, nats",
    }
    figure = Figure(figsize=(9, 3.5), dpi=150, layout="constrained")
    figure.suptitle(f"{model.name}: training", fontsize=11)
    panels = figure.subplots(1, 2)
    for axes, shown in zip(
        panels, (("loss", "validation_loss", "reconstruction_loss"), ("kl_divergence",)), strict=True
    ):
        for name in shown:
            if all(epoch.get(name) is not None for epoch in history):
                # Where nothing weighs the KL divergence, loss and reconstruction loss are one curve.
                style = "--" if name == "reconstruction_loss" else "-"
                axes.plot(epochs, [epoch[name] for epoch in history], style, label=names[name])
        axes.set_xlabel("epoch")
        axes.legend(fontsize=8)
    return figure


# Every figure by its name, each drawn as (model, digits, rng) -> Figure, or None where a model has none.
FIGURES: dict[str, Callable[[Checkpoint, Digits, np.random.Generator], Figure | None]] = {
    "denoising": denoising_gallery,
    "noise-levels": noise_levels_gallery,
    "samples": samples_gallery,
    "traversals": traversals_gallery,
    "codes": codes_scatter,
    "component-variance": component_variance,
    "loss": loss_curves,
}


def draw(model: Checkpoint, digits: Digits, seed: int) -> Iterator[tuple[str, Figure]]:
    """Draws every figure that a model has, by name.

    Args:
        model: Any loaded model.
        digits: Pictures that it wasn't trained on, at least ten.
        seed: What decides the noise and the draws from the prior.
    """
    for name, function in FIGURES.items():
        figure = function(model, digits, np.random.default_rng(seed))
        if figure is not None:
            yield name, figure


def rate_distortion_curve(siblings: Sequence[Sibling]) -> Figure:
    """What the codes of each sibling cost and what they lose, each point marked with its weight."""
    found = [sibling.figures for sibling in siblings]
    figure, axes = _axes(6, 4, "Rate and distortion, by the weight of the KL divergence")
    axes.semilogx([each.rate for each in found], [each.distortion for each in found], "o-")
    for each in found:
        axes.annotate(f"{each.kl_weight:g}", (each.rate, each.distortion), (6, 4), textcoords="offset points")
    axes.set(
        xlabel="rate: KL divergence from the prior, nats", ylabel="distortion: MSE of sampled reconstructions"
    )
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    return figure


def ladder_gallery(siblings: Sequence[Sibling], rng: np.random.Generator) -> Figure:
    """What the same draws from the prior N(0, I) decode to under each sibling."""
    z = rng.standard_normal((COLUMNS, siblings[0].model.config.network.latent_dim), dtype=np.float32)
    rows = [f"weight {sibling.figures.kl_weight:g}" for sibling in siblings]
    pictures = np.stack([sibling.model.vae.decode(z) for sibling in siblings])
    return gallery(pictures, rows, [], "The same draws from the prior N(0, I)")


LADDER_FIGURES = ("rate-distortion", "draws")


def draw_ladder(siblings: Sequence[Sibling], seed: int) -> Iterator[tuple[str, Figure]]:
    """Draws the figures of a ladder, by name; `seed` decides the draws from the prior."""
    drawn = rate_distortion_curve(siblings), ladder_gallery(siblings, np.random.default_rng(seed))
    yield from zip(LADDER_FIGURES, drawn, strict=True)


def save(figure: Figure, path: Path, width: int | None = None) -> None:
    """Writes a figure in the format that its name ends with, without a date: a figure drawn anew is the same file.

    Args:
        figure: What to write.
        path: A name that ends with .png, .svg or .pdf.
        width: How many pixels wide a PNG is; as many as the figure's own resolution gives without it.
    """
    dated = {"svg": "Date", "pdf": "CreationDate"}.get(path.suffix[1:])
    with matplotlib.rc_context({"svg.hashsalt": "vae"}):
        dpi = "figure" if width is None else width / figure.get_figwidth()
        figure.savefig(path, dpi=dpi, metadata={dated: None} if dated else None)
