"""What is found out of a model's latent space after training, kept beside it in `latent_space.npz`.

Which way each measured property changes, what the components go with, along which axes a picture changes most, where
the codes of digits are, what draws from each density read as, and what tells digits from other pictures. As for
`test_digits.npz`, the file names the weights that it was made from, those of the reader too.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vae import properties
from vae.aim import margin_gradients
from vae.anomaly import QUANTILES, DigitTest
from vae.data import Digits
from vae.density import GaussianMixture
from vae.latent import ChangeAxes, change_axes
from vae.metrics import frechet_distance
from vae.posterior import Gaussian, aggregated_posterior
from vae.properties import PROPERTIES, PropertyDirections
from vae.reader import Reader, ReaderCheckpoint

if TYPE_CHECKING:
    from vae.checkpoints import Checkpoint

FILE = "latent_space.npz"
# Enough for regressions on forty numbers.
PROPERTY_DIGITS = 20_000
MARGIN_DIGITS, CHANGE_DIGITS, DRAWS = 1_000, 200, 10_000
CONFIDENT = 0.9


class Legibility(NamedTuple):
    """How much some pictures look like digits to a reader.

    Attributes:
        confident: The share that is read as some digit with a confidence above CONFIDENT.
        distance: The Frechet distance from the test digits, in the reader's features.
    """

    confident: float
    distance: float


@dataclass(frozen=True)
class LatentProfile:
    """What is known of a latent space.

    Attributes:
        reader_digest: The SHA-256 of the weights of the reader that was asked; "" where none was.
        properties: Which way each of `properties.PROPERTIES` changes.
        correlations: Of each principal component with each property, (latent_dim, properties).
        changes: Along which axes a picture changes most.
        gaussian: One Gaussian fitted to the codes: the aggregated posterior's mean and covariance.
        digit_test: What tells digits from other pictures, with the mixture that was fitted to the codes.
        legibility: Of training digits as they are ("training"), of reconstructed test digits ("reconstructed"), and of
            draws from the "prior", the "gaussian" and the "mixture"; empty where no reader was asked.
    """

    reader_digest: str
    properties: PropertyDirections
    correlations: np.ndarray
    changes: ChangeAxes
    gaussian: Gaussian
    digit_test: DigitTest
    legibility: Mapping[str, Legibility]

    @property
    def mixture(self) -> GaussianMixture:
        """The mixture that was fitted to the codes."""
        return self.digit_test.mixture


def compute(
    model: Checkpoint, training: Digits, test: Digits, reader: ReaderCheckpoint | None
) -> LatentProfile:
    """Finds out about a model's latent space, which takes about two minutes.

    Args:
        model: Whose.
        training: The pictures that it was trained on, with their labels.
        test: The test pictures.
        reader: What reads such pictures; None for none.

    Raises:
        ModuleNotFoundError: scikit-learn is not installed.
    """
    vae, rng = model.vae, np.random.default_rng(0)
    posterior, test_codes = vae.encode(training.images), vae.encode(test.images).z_mean
    few = slice(PROPERTY_DIGITS)
    measured = properties.measure(training.images[few])
    margins = None
    if reader is not None:
        margins = margin_gradients(vae, reader.reader, posterior.z_mean[:MARGIN_DIGITS])
    mixture = GaussianMixture.fit(posterior.sample(rng), training.labels, seed=0)
    gaussian = aggregated_posterior(posterior)
    asked = None if reader is None else reader.reader
    legibility, draws = {}, min(DRAWS, len(test.images))
    if asked is not None:
        pictures = {
            "training": training.images[:draws],
            "reconstructed": vae.decode(test_codes[:draws]),
            "prior": vae.decode(Gaussian.prior(vae.network.latent_dim).sample(draws, rng)),
            "gaussian": vae.decode(gaussian.sample(draws, rng)),
            "mixture": vae.decode(mixture.sample(draws, rng)),
        }
        reference = asked.features(test.images)
        legibility = {name: _legibility(asked, images, reference) for name, images in pictures.items()}
    return LatentProfile(
        reader_digest="" if reader is None else reader.digest,
        properties=properties.fit_directions(
            posterior.z_mean[few], measured, test_codes, properties.measure(test.images), margins
        ),
        correlations=properties.correlations(model.components.project(posterior.z_mean[few]), measured),
        changes=change_axes(vae.decode, test_codes[:CHANGE_DIGITS], model.components),
        gaussian=gaussian,
        digit_test=DigitTest.fit(vae, mixture, asked, test.images),
        legibility=legibility,
    )


def _legibility(reader: Reader, images: np.ndarray, reference: np.ndarray) -> Legibility:
    confident = (reader.read(images).max(axis=1) > CONFIDENT).mean()
    return Legibility(float(confident), frechet_distance(reader.features(images), reference))


def write(folder: Path, card: Mapping[str, Any], profile: LatentProfile) -> Path:
    """Writes the file beside a model and returns its path; takes what `precomputed.write` does."""
    path = Path(folder) / FILE
    mixture, test = profile.mixture, profile.digit_test
    lower = np.tril_indices(mixture.means.shape[1])
    arrays = {
        **{f"properties.{name}": array for name, array in profile.properties._asdict().items()},
        "correlations": profile.correlations,
        **{f"changes.{name}": array for name, array in profile.changes._asdict().items()},
        **{f"gaussian.{name}": array for name, array in profile.gaussian._asdict().items()},
        "mixture.weights": mixture.weights,
        "mixture.means": mixture.means,
        **{f"test.{name}": getattr(test, name) for name in ("means", "deviations", "quantiles")},
        "legibility": np.array(list(profile.legibility.values())).reshape(-1, 2),
    }
    np.savez_compressed(
        path,
        weights_sha256=np.array(card["weights_sha256"]),
        reader_sha256=np.array(profile.reader_digest),
        legible=np.array(list(profile.legibility), dtype="U16"),
        # Half precision is what the mixture was rounded to when it was fitted.
        **{"mixture.roots": mixture.roots[:, lower[0], lower[1]].astype(np.float16)},
        **{"mixture.labels": mixture.labels.astype(np.int16)},
        **{name: np.asarray(array, np.float32) for name, array in arrays.items()},
    )
    return path


def read(folder: Path, card: Mapping[str, Any], reader: Reader | None) -> LatentProfile | None:
    """Reads the file beside a model.

    Args:
        folder: The model's folder.
        card: The model's card.
        reader: What reads such pictures, for `digit_test`; None for a model that no reader was asked about.

    Returns:
        What it holds; None where there is no file, or one that is damaged or made from other weights.
    """
    try:
        with open(Path(folder) / FILE, "rb") as file, np.load(file, allow_pickle=False) as archive:
            if str(archive["weights_sha256"]) != card.get("weights_sha256"):
                return None
            arrays = {name: archive[name] for name in archive.files}
        if not all(np.isfinite(array).all() for array in arrays.values() if array.dtype.kind == "f"):
            return None

        def section(name: str) -> dict[str, np.ndarray]:
            return {
                key.partition(".")[2]: array for key, array in arrays.items() if key.startswith(f"{name}.")
            }

        mixture = section("mixture")
        count, size = mixture["means"].shape
        roots = np.zeros((count, size, size), np.float32)
        rows, columns = np.tril_indices(size)
        roots[:, rows, columns] = mixture.pop("roots")
        reader_digest = str(arrays["reader_sha256"])
        profile = LatentProfile(
            reader_digest,
            PropertyDirections(**section("properties")),
            arrays["correlations"],
            ChangeAxes(**section("changes")),
            Gaussian(**section("gaussian")),
            DigitTest(
                GaussianMixture(roots=roots, **mixture), reader if reader_digest else None, **section("test")
            ),
            {
                str(name): Legibility(*map(float, row))
                for name, row in zip(arrays["legible"], arrays["legibility"], strict=True)
            },
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    whole = (
        profile.properties.directions.shape == profile.correlations.T.shape == (len(PROPERTIES), size)
        and profile.changes.directions.shape == profile.gaussian.covariance.shape == (size, size)
        and profile.digit_test.quantiles.shape == (QUANTILES,)
    )
    return profile if whole else None
