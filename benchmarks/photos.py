"""How many photo-like files of each kind are read right, with handwriting and chance that no test has seen.

    python -m benchmarks.photos --hand mnist --seeds 3

"drawn" follows fixed lines a little differently each time, "mnist" retraces test digits of MNIST with a pen, "uci"
those that scikit-learn ships.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

import numpy as np
from PIL import Image, ImageDraw
from skimage.morphology import skeletonize

from tests import photos
from vae.data import load_mnist
from vae.photo import read_picture


def retracing(images: np.ndarray, labels: np.ndarray) -> photos.Hand:
    """A hand that follows the middle of the strokes of given digits: images (n, h, w) in [0, 1]."""

    def write(digit: int, side: int, pen: float, rng: np.random.Generator) -> np.ndarray:
        image = np.pad(images[rng.choice(np.flatnonzero(labels == digit))], 2)
        smooth = Image.fromarray(image.astype(np.float32)).resize((160, 160), Image.Resampling.BICUBIC)
        inked = np.asarray(smooth) > 0.42
        rows, columns = np.flatnonzero(inked.any(1)), np.flatnonzero(inked.any(0))
        inked = inked[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        large = 2 * side
        radius = pen * large / 2
        scale = (large - 2 * radius - 4) / max(inked.shape)
        shift = (np.array([large, large]) - scale * np.array(inked.shape)) / 2
        picture = Image.new("L", (large, large))
        brush = ImageDraw.Draw(picture)
        bones = set(zip(*np.nonzero(skeletonize(inked)), strict=True))
        for row, column in bones:
            y, x = np.array((row, column)) * scale + shift
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                if (row + down, column + right) in bones:
                    end = (x + right * scale, y + down * scale)
                    brush.line(((x, y), end), fill=255, width=max(int(2 * radius), 1))
        return np.asarray(picture.resize((side, side), Image.Resampling.BOX), np.float32) / 255

    return write


def hand(name: str) -> photos.Hand:
    if name == "drawn":
        return photos.drawn
    if name == "mnist":
        return retracing(*load_mnist("test"))
    from sklearn.datasets import load_digits

    digits = load_digits()
    return retracing(digits.images / 16, digits.target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hand", choices=("drawn", "mnist", "uci"), default="mnist")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=100)
    arguments = parser.parse_args()
    counts, times = Counter(), []
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
        for index, (name, make) in enumerate(photos.KINDS.items()):
            photo = make(photos.Writer(hand(arguments.hand), np.random.default_rng([seed, index])))
            start = time.process_time()
            verdict = photos.verdict(name, photo, read_picture)
            times.append(time.process_time() - start)
            known = verdict in ("right", "chosen", "refused")
            counts[verdict if known else verdict.split(",")[0].split(":")[0] + ": wrong"] += 1
            if not known:
                print(f"{seed} {name}: {verdict}", flush=True)
    print(dict(counts), f"of {len(times)}; seconds: median {np.median(times):.2f}, most {max(times):.2f}")


if __name__ == "__main__":
    main()
