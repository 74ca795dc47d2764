"""A training's journal: a line of JSON for each thing that happened, with pictures of what the network did by then.

`vae train --progress jsonl` writes it to its standard output while it trains. Whoever reads it sees the training live,
or, later, plays it again: `vae/assets/` has the journals of the shipped models, compressed.

Events, by their "event":
    "begun": "config", "steps" in all and in an "epoch", "seed", "labels" of the test digits that are shown; "clean" and
        "noisy": those digits, as `encode_images` has them.
    "steps": "done", and the mean "loss", "reconstruction_loss", "kl_divergence" and "mse" of the steps since the last.
    "snapshot": "done"; the digits "denoised", the same codes "drawn" from the prior, decoded; a "cloud" of test digits'
        codes in two dimensions, with "cloud_labels" in the first one; "psnr" of denoised test digits, dB.
    "epoch": what `vae.training.state.Epoch` has, and "done".
    "changed": "done" and the new "settings".
    "paused", "resumed": "done".
    "ended": "outcome", "finished", "stopped" or "failed"; "reason" for a failure.
All but "begun" have "seconds" since then.
"""

from __future__ import annotations

import base64
import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from vae import corruptions, metrics
from vae.config import Config
from vae.data import Digits
from vae.errors import CheckpointError
from vae.inference import VAE
from vae.validate import IMAGE_SHAPE

FILE = "journal.jsonl.gz"
DRAWN, CLOUD, JUDGED = 10, 150, 200
# After so many calls the network is looked at within the first epoch.
EARLY = (1, 2, 4, 8)
# Seconds between two reports of steps.
PAUSE = 0.5
# What the noise of the shown digits is, where a model is trained on several levels or on none.
SIGMA = 0.5


def encode_images(images: np.ndarray) -> str:
    """Pictures as text: a byte for each pixel, compressed, in base 64.

    Args:
        images: Floats in [0, 1], (n, 28, 28).
    """
    grey = np.round(255 * np.clip(images, 0, 1)).astype(np.uint8)
    return base64.b64encode(zlib.compress(grey.tobytes(), 9)).decode()


def decode_images(text: str) -> np.ndarray:
    """The pictures in a text of `encode_images`, float32 (n, 28, 28) in [0, 1].

    Raises:
        ValueError: It is none.
    """
    try:
        raw = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), 2**20)
        return np.frombuffer(raw, np.uint8).reshape(-1, *IMAGE_SHAPE).astype(np.float32) / 255
    except zlib.error as error:
        raise ValueError(str(error)) from error


class Journal:
    """Writes a training's journal while it runs."""

    def __init__(self, stream: TextIO, config: Config, test: Digits, seed: int):
        """Begins a journal; nothing is written yet.

        Args:
            stream: Where lines go.
            config: What is trained.
            test: Test pictures, some of which are shown.
            seed: What decides the noise, the draws and which pictures are shown.
        """
        self._stream, self._config, self._seed = stream, config, seed
        rng = np.random.default_rng([seed, 3])
        noise = config.noise
        self._sigma = noise.sigma_max if noise.sigma_min == noise.sigma_max > 0 else SIGMA
        firsts = [np.flatnonzero(test.labels == label)[0] for label in np.unique(test.labels)[:10]]
        self._shown, self._labels = test.images[firsts], test.labels[firsts]
        self._noisy = self._spoil(self._shown, rng)
        self._judged = test.images[:JUDGED]
        self._judged_noisy = self._spoil(self._judged, rng)
        self._cloud, self._cloud_labels = test.images[:CLOUD], test.labels[:CLOUD]
        self._draws = rng.standard_normal((DRAWN, config.network.latent_dim), dtype=np.float32)
        self._axes: np.ndarray | None = None
        self._begun = self._told = time.monotonic()
        self._done, self._losses, self._looks = 0, [], 0
        self._weights: Callable[[], Mapping[str, np.ndarray]] | None = None

    def _spoil(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return corruptions.corrupt(images, self._config.noise.kind, self._sigma, rng)

    def _write(self, event: str, **told: Any) -> None:
        seconds = round(time.monotonic() - self._begun, 2)
        self._stream.write(json.dumps({"event": event, "seconds": seconds, **told}) + "\n")
        self._stream.flush()

    def begin(self, steps: int, steps_per_epoch: int, weights: Mapping[str, np.ndarray]) -> None:
        """Tells what is trained, and what the network does before its first step.

        Args:
            steps: How many steps there are in all.
            steps_per_epoch: How many there are in an epoch.
            weights: The first weights, by name.
        """
        self._begun = self._told = time.monotonic()
        self._write(
            "begun",
            config=self._config.to_dict(),
            seed=self._seed,
            steps=steps,
            epoch=steps_per_epoch,
            sigma=self._sigma,
            labels=self._labels.tolist(),
            clean=encode_images(self._shown),
            noisy=encode_images(self._noisy),
        )
        self.look(weights)

    def steps(self, done: int, losses: np.ndarray, weights: Callable[[], Mapping[str, np.ndarray]]) -> None:
        """Tells of some steps, now and then, and of what the network does: often at first, then after each epoch.

        Args:
            done: How many steps were taken so far.
            losses: The parts of the loss at each of these steps, (n, 4).
            weights: Makes the weights as they are now.
        """
        self._done, self._weights = done, weights
        self._losses.extend(losses.tolist())
        if time.monotonic() - self._told > PAUSE:
            self.tell()
        # Often in the beginning, when everything changes.
        self._looks += 1
        if self._looks in EARLY:
            self.look(weights())

    def tell(self) -> None:
        """Tells of the steps that nothing was said of yet."""
        if not self._losses:
            return
        names = ("loss", "reconstruction_loss", "kl_divergence", "mse")
        means = np.mean(self._losses, axis=0)
        self._write(
            "steps",
            done=self._done,
            **{name: _short(value) for name, value in zip(names, means, strict=True)},
        )
        self._losses, self._told = [], time.monotonic()

    def look(self, weights: Mapping[str, np.ndarray]) -> None:
        """Shows what the network does with these weights."""
        vae = VAE(self._config.network, dict(weights))
        codes = vae.encode(self._cloud).z_mean
        self._write(
            "snapshot",
            done=self._done,
            denoised=encode_images(vae.denoise(self._noisy)),
            drawn=encode_images(vae.decode(self._draws)),
            cloud=np.round(self._project(codes), 2).tolist(),
            cloud_labels=self._cloud_labels.tolist(),
            psnr=_short(float(metrics.psnr(vae.denoise(self._judged_noisy), self._judged).mean())),
        )

    def _project(self, codes: np.ndarray) -> np.ndarray:
        """Codes in the plane in which they differ most, (n, 2), turned as little as can be from the last one."""
        centred = codes - codes.mean(axis=0)
        axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
        if self._axes is not None:
            # The rotation or reflection that brings the new axes nearest to the old ones (orthogonal Procrustes).
            u, _, vt = np.linalg.svd(self._axes @ axes.T)
            axes = u @ vt @ axes
        self._axes = axes
        plane = centred @ axes.T
        return plane if plane.shape[1] == 2 else np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))

    def epoch(self, reached: Mapping[str, Any]) -> None:
        """Tells what an epoch reached, and shows what the network does after it."""
        self.tell()
        self._write("epoch", done=self._done, reached=dict(reached))
        if self._weights:
            self.look(self._weights())

    def say(self, event: str, **told: Any) -> None:
        """Tells of anything else, with how many steps were taken so far."""
        self._write(event, done=self._done, **told)


def _short(value: float) -> float:
    return float(f"{value:.6g}")


def read(lines: Iterable[str]) -> list[dict[str, Any]]:
    """The events of a journal in their order; a line that is cut off or no event is left out."""
    events = []
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and isinstance(event.get("event"), str):
            events.append(event)
    return events


def read_file(path: Path) -> list[dict[str, Any]]:
    """The events of a compressed journal.

    Raises:
        CheckpointError: There is none, or it is damaged.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return read(file)
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise CheckpointError(f"Expected a journal in {path}. Received {error}.") from error
