"""How well does each score tell digits from non-digits: ROC AUC, as a table in Markdown.

Run it as `python -m benchmarks.anomaly [MODEL] [--count 1000]`. Digits are MNIST's 10,000 test digits. The
non-digits are those of `vae.nondigits`, and pieces of the two photographs that scikit-learn ships.
"""

from __future__ import annotations

import argparse

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_images

from vae import anomaly, latent_profile
from vae.anomaly import ERROR_RATE, CodeDensity, DigitTest, roc_auc
from vae.checkpoints import Checkpoint, load, load_reader
from vae.data import load_mnist
from vae.metrics import mse
from vae.nondigits import NON_DIGITS, make_non_digits

Parts = tuple[np.ndarray, np.ndarray]


def photo_pieces(count: int, rng: np.random.Generator) -> np.ndarray:
    """Square pieces of photographs, of random place and size, in grey, float32 (count, 28, 28)."""
    photos = [Image.fromarray(photo).convert("L") for photo in load_sample_images().images]
    images = np.empty((count, 28, 28), np.float32)
    for index in range(count):
        photo = photos[rng.integers(len(photos))]
        side = int(rng.integers(28, 200))
        left, top = (int(rng.integers(length - side)) for length in photo.size)
        piece = photo.crop((left, top, left + side, top + side)).resize((28, 28), Image.Resampling.BOX)
        images[index] = np.asarray(piece, np.float32) / 255
    return images


def all_scores(
    model: Checkpoint, test: DigitTest, images: np.ndarray, density: CodeDensity, reference: Parts | None
) -> tuple[dict[str, np.ndarray], Parts]:
    """Every score of images (n, 28, 28), and the parts that the anomaly_score is made of."""
    found = anomaly.score(model.vae, images, model.decoder_variance, np.random.default_rng(0))
    parts = found.reconstruction, density.negative_log_density(found.z_mean)
    scores = {
        "**digit test** (mixture of codes, and the reader's evidence)": test.score(
            test.parts(model.vae, images)
        ),
        "density of codes, mixture": -test.mixture.log_density(found.z_mean),
        "reader's evidence": -test.reader.evidence(images),
        "reader's confidence": -test.reader.read(images).max(axis=1),
        "mean squared error": mse(model.vae.decode(found.z_mean), images),
        "KL divergence": found.kl,
        "negative ELBO": found.total,
        "density of codes, a Gaussian for each class": parts[1],
        "reconstruction and that density": anomaly.anomaly_score(*parts, reference or parts),
    }
    return scores, parts


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", default="calibrated", help="a model, by name or folder")
    parser.add_argument("--count", type=int, default=1000, help="how many non-digits of each kind")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    model, digits, training = load(arguments.model), load_mnist("test"), load_mnist("train")
    test = latent_profile.read(model.folder, model.card, load_reader().reader).digit_test
    kinds = {
        made.label: make_non_digits(kind, digits, arguments.count, rng) for kind, made in NON_DIGITS.items()
    }
    kinds["Photographs"] = photo_pieces(arguments.count, rng)

    density = CodeDensity.fit(model.vae.encode(training.images).z_mean, training.labels)
    of_digits, reference = all_scores(model, test, digits.images, density, None)
    others = {
        label: all_scores(model, test, images, density, reference)[0] for label, images in kinds.items()
    }

    print(
        f"ROC AUC of {model.name}: 10,000 test digits against {arguments.count:,} of each kind, seed "
        f"{arguments.seed}\n"
    )
    print(f"| score | {' | '.join(label.lower() for label in kinds)} | mean |")
    print("|---|" + "--:|" * (len(kinds) + 1))
    for name, normal in of_digits.items():
        areas = [roc_auc(normal, scores[name]) for scores in others.values()]
        print(f"| {name} | {' | '.join(f'{area:.3f}' for area in [*areas, np.mean(areas)])} |")
    print(f"\nCalled none by the digit test, percent; of the test digits {100 * ERROR_RATE:g}:\n")
    for label, scores in others.items():
        print(f"- {label.lower()}: {100 * (next(iter(scores.values())) > test.threshold).mean():.1f}")


if __name__ == "__main__":
    main()
