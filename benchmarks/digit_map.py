"""Works out ahead what the app shows of the test digits: their map by t-SNE, and their anomaly scores.

Run it as `python -m benchmarks.digit_map` after a model has been trained; it writes `test_digits.npz` beside
every shipped model that has none made from its present weights (with --force, beside all). t-SNE of 10,000
codes takes about a minute.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from sklearn.manifold import TSNE

from vae import anomaly, precomputed
from vae.checkpoints import load, model_folder, shipped_models
from vae.data import load_mnist


def tsne(codes: np.ndarray) -> np.ndarray:
    """Codes (n, latent_dim) in two dimensions, float32 (n, 2), in t-SNE's own units.

    Source: van der Maaten and Hinton, "Visualizing Data using t-SNE", JMLR 9, 2008; started from the
    principal components, as Kobak and Berens, "The art of using t-SNE for single-cell transcriptomics", 2019,
    advise.
    """
    return TSNE(perplexity=30, init="pca", random_state=0).fit_transform(codes)


def main() -> None:
    """Writes the files and says what it did."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=shipped_models(), help="models, by name or folder")
    parser.add_argument("--force", action="store_true", help="also where the file is up to date")
    arguments = parser.parse_args()
    images = load_mnist("test").images
    training = load_mnist("train")
    for name in arguments.models:
        model, folder = load(name), model_folder(name)
        if not arguments.force and precomputed.read(folder, model.card) is not None:
            print(f"{name}: up to date")
            continue
        start = time.perf_counter()
        score = anomaly.score(model.vae, images, model.decoder_variance, np.random.default_rng(0))
        density = anomaly.CodeDensity.fit(model.vae.encode(training.images).z_mean, training.labels)
        scored = time.perf_counter()
        table = precomputed.DigitTable(
            tsne=tsne(score.z_mean),
            reconstruction=score.reconstruction,
            kl=score.kl,
            negative_log_density=density.negative_log_density(score.z_mean),
            density=density,
        )
        path = precomputed.write(folder, model.card, table)
        print(
            f"{name}: scores {scored - start:.1f} s, t-SNE {time.perf_counter() - scored:.1f} s,"
            f" {path} {path.stat().st_size / 1e3:.0f} kB"
        )


if __name__ == "__main__":
    main()
