"""The table of `evaluate`: how well models denoise, beside classical filters, and what their codes are like.

All is measured on MNIST's test digits with one draw of noise for all levels, so that figures can be compared
across levels, models and machines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from vae import corruptions, metrics
from vae.checkpoints import Checkpoint, load_reader
from vae.data import Digits, load_mnist
from vae.errors import DataError, InputError
from vae.inference import VAE
from vae.reader import Reader
from vae.validate import IMAGE_SHAPE

SIGMAS = (0.1, 0.2, 0.3, 0.5, 0.8, 1.0)
SSIM_COUNT = 1_000

Denoiser = Callable[[np.ndarray, float], np.ndarray]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Quality:
    """How close pictures come to the clean digits at one noise level.

    Attributes:
        sigma: The standard deviation of the noise.
        mse: Mean squared error over all pixels.
        psnr: Peak signal-to-noise ratio in dB, averaged over images.
        ssim: Structural similarity, averaged over the first 1,000 images.
        accuracy: How often a classifier trained on clean digits alone reads them right, 0 to 1.
    """

    sigma: float
    mse: float
    psnr: float
    ssim: float
    accuracy: float


@dataclass(frozen=True)
class LatentSpace:
    """What a model's codes of clean test digits are like.

    Attributes:
        kl_divergence: From the prior, nats, summed over dimensions and averaged over digits.
        active_units: How many dimensions' means vary by more than 0.01.
        latent_dim: Of how many.
        z_mean_std: Standard deviation of z_mean over digits, averaged over dimensions; the
            prior's is 1.
        posterior_std: exp(z_log_var / 2), averaged over digits and dimensions.
    """

    kl_divergence: float
    active_units: int
    latent_dim: int
    z_mean_std: float
    posterior_std: float


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        name: What was evaluated.
        count: On how many digits, the first of the test set.
        qualities: One for each sigma.
        latent_space: For models only.
    """

    name: str
    count: int
    qualities: tuple[Quality, ...]
    latent_space: LatentSpace | None = None


@dataclass(frozen=True)
class Evaluation:
    """The whole table, and what is needed to make it again.

    Attributes:
        seed: What the noise was drawn with.
        clean_accuracy: How often the classifier reads clean test digits right, 0 to 1.
        rows: The noisy input, the classical filters, then the models.
    """

    seed: int
    clean_accuracy: float
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, Any]:
        """The evaluation as JSON-ready dictionaries."""
        return asdict(self)


class Classifier(Protocol):
    """What reads pictures: scikit-learn's classifiers do."""

    def predict(self, flat_images: np.ndarray) -> np.ndarray:
        """The classes of flat images (n, 784), (n,)."""


class ReaderClassifier:
    """The reader as a classifier of flat images."""

    def __init__(self, reader: Reader):
        self._reader = reader

    def predict(self, flat_images: np.ndarray) -> np.ndarray:
        """The classes of flat images (n, 784), (n,)."""
        return self._reader.read(flat_images.reshape(-1, *IMAGE_SHAPE)).argmax(axis=1)


CLASSIFIER_EPOCHS = 8


def train_classifier(
    digits: Digits, seed: int = 0, on_epoch: Callable[[], None] = lambda: None
) -> Classifier:
    """Trains a small classifier that never sees noise, with one hidden layer, for data that no reader knows.

    Args:
        digits: Clean training pictures with their labels.
        seed: What decides its initial weights and the order of pictures.
        on_epoch: Called after each of CLASSIFIER_EPOCHS passes over the pictures.

    Returns:
        A fitted scikit-learn classifier.

    Raises:
        ModuleNotFoundError: scikit-learn is not installed.
    """
    from sklearn.neural_network import MLPClassifier

    classifier = MLPClassifier((256,), alpha=1e-4, batch_size=min(128, len(digits.labels)), random_state=seed)
    flat_images = digits.images.reshape(len(digits.images), -1)
    for _ in range(CLASSIFIER_EPOCHS):
        classifier.partial_fit(flat_images, digits.labels, classes=np.arange(digits.labels.max() + 1))
        on_epoch()
    return classifier


def classical_filters() -> dict[str, Denoiser]:
    """The filters that need no training, by name: (images, sigma) -> images. All but the median use sigma.

    The weight of total variation and the strength h of non-local means are those that gave the best PSNR on
    these digits.

    Raises:
        ModuleNotFoundError: scikit-image or bm3d is not installed.
    """
    import bm3d
    from skimage import filters, restoration

    neighbourhood = np.ones((3, 3))
    # With more threads BM3D differs from run to run, and for pictures as small as these they only cost time.
    profile = bm3d.BM3DProfile()
    profile.num_threads = 1
    each: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
        "median 3x3": lambda image, sigma: filters.median(image, neighbourhood),
        "total variation": lambda image, sigma: restoration.denoise_tv_chambolle(image, weight=0.4 * sigma),
        "non-local means": lambda image, sigma: restoration.denoise_nl_means(
            image, patch_size=5, patch_distance=6, h=0.6 * sigma, sigma=sigma
        ),
        "BM3D": lambda image, sigma: bm3d.bm3d(image, sigma, profile),
    }

    def over_images(one: Callable[[np.ndarray, float], np.ndarray]) -> Denoiser:
        return lambda images, sigma: np.clip([one(image, sigma) for image in images], 0, 1).astype(np.float32)

    return {name: over_images(one) for name, one in each.items()}


def describe_latent_space(vae: VAE, images: np.ndarray) -> LatentSpace:
    """Measures the codes of clean digits, (n, 28, 28)."""
    posterior = vae.encode(images)
    return LatentSpace(
        kl_divergence=float(metrics.kl_divergence(*posterior).sum(axis=1).mean()),
        active_units=int(metrics.active_units(posterior.z_mean).sum()),
        latent_dim=vae.network.latent_dim,
        z_mean_std=float(posterior.z_mean.std(axis=0).mean()),
        posterior_std=float(np.exp(posterior.z_log_var / 2).mean()),
    )


def measure_quality(
    denoised: np.ndarray, clean: np.ndarray, labels: np.ndarray, sigma: float, classifier: Classifier
) -> Quality:
    """Compares pictures (n, 28, 28) with the clean digits (n, 28, 28) that they should be, and reads them."""
    read = classifier.predict(denoised.reshape(len(denoised), -1))
    return Quality(
        sigma=sigma,
        mse=float(metrics.mse(denoised, clean).mean()),
        psnr=float(metrics.psnr(denoised, clean).mean()),
        ssim=float(metrics.ssim(denoised[:SSIM_COUNT], clean[:SSIM_COUNT]).mean()),
        accuracy=float((read == labels).mean()),
    )


def distinct_names(models: Sequence[Checkpoint]) -> list[str]:
    """The models' names; where two have one name, their folders."""
    names = [model.name for model in models]
    return [
        str(model.folder) if names.count(name) > 1 else name
        for name, model in zip(names, models, strict=True)
    ]


def evaluate(
    models: Sequence[Checkpoint],
    *,
    count: int | None = None,
    classical_count: int | None = None,
    seed: int = 123,
    classifier: Classifier | None = None,
    training: Digits | None = None,
    on_progress: Progress = lambda done, total, doing: None,
) -> Evaluation:
    """Measures the noisy input, the classical filters and some models at every level of SIGMAS.

    Args:
        models: Which models; each denoises through the mean of its posterior, without sampling.
        count: How many test pictures of the models' data, the first ones; by default up to 10,000.
        classical_count: How many of them for the classical filters, which are slow: by default 300, 0 for none.
        seed: What draws the noise, the same for every level.
        classifier: What reads the pictures; without one, the shipped reader reads digits, and `train_classifier` makes
            one for other data.
        training: Its training pictures; without them they are read from where the models' data was.
        on_progress: Called with (steps done, steps in all, what is being done).

    Returns:
        The table.

    Raises:
        InputError: More test pictures than there are.
        ModuleNotFoundError: scikit-learn, scikit-image or bm3d is not installed; only evaluating needs them.
    """
    models = list(models)
    digits = models[0].test_set() if models else load_mnist("test")
    if len({model.card.get("data", {}).get("sha256") for model in models}) > 1:
        names = ", ".join(f"{model.name} ({model.data_name})" for model in models)
        raise DataError(
            f"Expected models of one data set, to be compared on its test pictures. Received {names}."
        )
    count = min(10_000, len(digits.images)) if count is None else count
    classical_count = min(300, count) if classical_count is None else classical_count
    if not 1 <= count <= len(digits.images) or not 0 <= classical_count <= count:
        raise InputError(
            f"Expected 1 to {len(digits.images):,} digits, and no more of them for the filters. "
            f"Received {count} and {classical_count}."
        )
    clean, labels = digits.images[:count], digits.labels[:count]
    contestants: list[tuple[str, int, Denoiser, VAE | None]] = [
        ("noisy input", count, lambda x, sigma: x, None)
    ]
    if classical_count:
        contestants += [
            (name, classical_count, denoise, None) for name, denoise in classical_filters().items()
        ]
    for name, model in zip(distinct_names(models), models, strict=True):
        contestants.append((name, count, lambda x, sigma, vae=model.vae: vae.denoise(x), model.vae))

    if classifier is None and all(model.knows_digits for model in models):
        classifier = ReaderClassifier(load_reader().reader)
    done, total = 0, len(contestants) * len(SIGMAS) + (0 if classifier else CLASSIFIER_EPOCHS)

    def advance(doing: str) -> None:
        nonlocal done
        done += 1
        on_progress(done, total, doing)

    if classifier is None:
        training = models[0].dataset().train if training is None else training
        classifier = train_classifier(training, on_epoch=lambda: advance("classifier"))
    # The first digits get the same noise whatever the count.
    field = corruptions.draw_field("gaussian", count, np.random.default_rng(seed))
    rows = []
    for name, part, denoise, vae in contestants:
        qualities = []
        for sigma in SIGMAS:
            denoised = denoise(corruptions.apply(clean[:part], "gaussian", sigma, field[:part]), sigma)
            qualities.append(measure_quality(denoised, clean[:part], labels[:part], sigma, classifier))
            advance(f"{name} at sigma {sigma}")
        rows.append(Row(name, part, tuple(qualities), describe_latent_space(vae, clean) if vae else None))
    read = classifier.predict(clean.reshape(count, -1))
    return Evaluation(seed, float((read == labels).mean()), tuple(rows))


def _table(title: str, headers: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    first = max(len(name) for name, _ in rows)
    widths = [max(map(len, column)) for column in zip(headers, *(cells for _, cells in rows), strict=True)]
    lines = [title, " " * first + "".join(f"  {text:>{w}}" for text, w in zip(headers, widths, strict=True))]
    for name, cells in rows:
        lines.append(
            f"{name:<{first}}" + "".join(f"  {text:>{w}}" for text, w in zip(cells, widths, strict=True))
        )
    return "\n".join(lines)


def render(evaluation: Evaluation) -> str:
    """The evaluation as plain text: one table for each figure, one line in it for each row."""
    full = max(row.count for row in evaluation.rows)
    names = [row.name if row.count == full else f"{row.name} ({row.count:,})" for row in evaluation.rows]
    sigmas = [f"{sigma:.1f}" for sigma in SIGMAS]
    figures = (
        ("MSE, lower is better", lambda quality: f"{quality.mse:.4f}"),
        ("PSNR in dB, higher is better", lambda quality: f"{quality.psnr:.2f}"),
        (
            f"SSIM, higher is better; on the first {min(SSIM_COUNT, full):,}",
            lambda quality: f"{quality.ssim:.3f}",
        ),
        ("Pictures still read right, percent", lambda quality: f"{100 * quality.accuracy:.1f}"),
    )
    parts = [
        f"{full:,} test pictures, noise drawn with seed {evaluation.seed}. Columns: sigma, its deviation."
    ]
    if any(row.count < full for row in evaluation.rows):
        parts[0] += (
            "\nThe filters, all but the median told sigma, ran on the first pictures only: (how many)."
        )
    for title, cell in figures:
        rows = [
            (name, [cell(quality) for quality in row.qualities])
            for name, row in zip(names, evaluation.rows, strict=True)
        ]
        parts.append(_table(title, sigmas, rows))
    parts[-1] += (
        "\nby a classifier trained on clean pictures only, which reads "
        f"{100 * evaluation.clean_accuracy:.1f} percent of the clean ones right"
    )
    models = [(row.name, row.latent_space) for row in evaluation.rows if row.latent_space]
    if models:
        headers = ("KL, nats", "active units", "std of z_mean", "posterior std")
        rows = [
            (
                name,
                (
                    f"{space.kl_divergence:.1f}",
                    f"{space.active_units} of {space.latent_dim}",
                    f"{space.z_mean_std:.2f}",
                    f"{space.posterior_std:.3f}",
                ),
            )
            for name, space in models
        ]
        parts.append(_table("Latent space, of clean pictures", headers, rows))
    return "\n\n".join(parts)
