"""Hostile input, in bulk: addresses, drawings, what the canvas and live views send, files.

Each case is a good one with mistakes. None may raise anything but the package's own errors, write a file outside its
folder, take more than two seconds or leave the process 300 MB larger.
Run from the repository's root: python -m benchmarks.fuzz            100,000 cases, some minutes
                                python -m benchmarks.fuzz --cases 2000 --seed 7
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.models import save_tiny
from ui.bench.canvas import from_record, to_record
from ui.components.live import take_in
from ui.link import MAX_PICTURE_TEXT
from ui.state import Drawing, State
from vae import direction_file, drawing, model_file
from vae.data import load_mnist
from vae.errors import VAEError
from vae.photo import read_picture

MOST_SECONDS, MOST_BYTES = 2.0, 300e6
STROKES = tuple(np.array(stroke) for stroke in ([[80, 80], [200, 80], [130, 230]], [[40, 200], [240, 210]]))
# How many of a hundred cases each kind gets: pictures take a hundred times as long as addresses.
SHARES = {"address": 40, "drawing": 20, "canvas": 15, "view": 14, "direction": 9, "model": 1, "picture": 1}
# What a reader of a visitor's file raises becomes a sentence on the page; a codec's error, a setting that is left out.
REFUSALS = dict.fromkeys(SHARES, VAEError) | {"drawing": ValueError, "address": (), "canvas": (), "view": ()}
ODD = (
    *("", "0", "-1", "NaN", "inf", "1e999", "9" * 40, "../../etc/passwd"),
    *("<script>", "\0", "٣", "yes,no", ",", ":", "%00", "𝟙"),
)


def spoil_text(text: str, rng: random.Random) -> str:
    """A text with a few mistakes in it."""
    letters = list(text)
    for _ in range(rng.randint(0, 4)):
        place = rng.randint(0, len(letters))
        change = rng.randrange(5)
        if change == 0 and letters:
            del letters[place - 1 : place - 1 + rng.randint(1, 8)]
        elif change == 1:
            letters[place:place] = rng.choice(ODD)
        elif change == 2:
            letters[place:place] = letters[:place][-20:] * rng.randint(1, 30)
        elif change == 3 and letters:
            letters[place - 1] = chr(rng.randrange(0x20, 0x2FF))
        else:
            return rng.choice(ODD)
    return "".join(letters)


def spoil_bytes(data: bytes, rng: random.Random) -> bytes:
    """A file with a few mistakes in it."""
    made = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(max(len(made), 1))
        change = rng.randrange(4)
        if change == 0:
            made[place : place + rng.randint(1, 64)] = b""
        elif change == 1:
            made[place:place] = rng.randbytes(rng.randint(1, 64))
        elif change == 2 and made:
            made[place % len(made)] ^= 1 << rng.randrange(8)
        else:
            made = made[: place + 1]
    return bytes(made)


def spoil_json(value: object, rng: random.Random) -> object:
    """What JSON holds, with a few mistakes in it."""
    if rng.random() < 0.08:
        return rng.choice((None, [], {}, "x", -1, 1e308, float("nan"), True, [[]], "9" * 99, {"path": None}))
    if isinstance(value, dict):
        return {name: spoil_json(one, rng) for name, one in value.items() if rng.random() > 0.02}
    if isinstance(value, list):
        return [
            spoil_json(one, rng)
            for one in value
            for _ in range(1 + (rng.random() < 0.02) * rng.randint(0, 50))
        ]
    if isinstance(value, (int, float)) and rng.random() < 0.2:
        return value * rng.choice((-1, 1e-9, 1e9, 0.5))
    return value


class Cases:
    """Good input of each kind, and what is done with it.

    Args:
        folder: Where models may be written.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        settings = State(source="test", test_index=4, level=0.3, corruption="masking", hole=(0.2, 0.9))
        settings.explorer.moves, settings.explorer.raised = {0: 1.5, 3: -0.5}, {"slant": 1.0}
        settings.classroom.hide, settings.classroom.place = ("bench", "claims"), 3
        drawn = State()
        drawn.drawing.draw(list(STROKES))
        taken = State(source="upload")
        taken.take_picture(load_mnist("test").images[3], "")
        self.links = [one.to_link() for one in (settings, drawn, taken)]
        self.text = drawing.to_text(drawing.quantise(list(STROKES)))
        self.record = to_record(drawing.quantise(list(STROKES)))
        self.good_direction = direction_file.write("mine", np.linspace(-1, 1, 40), "ab" * 32).encode()
        self.good_model = model_file.pack_model(save_tiny(folder / "good", 3))
        paper = np.full((240, 240), 235, np.uint8)
        paper[60:180, 110:128] = 30
        self.pictures = [_encoded(paper, kind) for kind in ("PNG", "JPEG", "GIF", "BMP")]
        self.pictures.append(_encoded(np.zeros((28, 28), np.uint8), "PNG"))
        read_picture(self.pictures[0])  # Loading what reads pictures takes its time, once.

    def address(self, rng: random.Random) -> None:
        """An address is read, and what was read of it is written and read again."""
        link = {
            (spoil_text(name, rng) if rng.random() < 0.1 else name): spoil_text(text, rng)
            for name, text in rng.choice(self.links).items()
        }
        state = State()
        state.from_link(link)
        again = state.to_link()
        if State().from_link(again):
            raise AssertionError(f"Expected an address that can be read. Received {again!r}.")
        if max(map(len, again.values()), default=0) > MAX_PICTURE_TEXT:
            raise AssertionError("Expected an address of bounded length.")

    def drawing(self, rng: random.Random) -> None:
        """A drawing is read from a link's text, and becomes a digit."""
        strokes = drawing.from_text(spoil_text(self.text, rng))
        drawing.drawing_to_digit(strokes)

    def canvas(self, rng: random.Random) -> None:
        """What the canvas sends is drawn."""
        Drawing().draw(from_record(spoil_json(self.record, rng)))

    def view(self, rng: random.Random) -> None:
        """What a live view sends changes the state within its limits, or nothing."""
        state = State()

        def keep(told: dict) -> None:
            state.level = round(min(max(float(told["level"]), 0.0), 1.0), 2)
            state.explorer.origin = np.zeros(3)
            state.explorer.code = np.zeros(3)
            state.explorer.settle(
                {
                    int(axis): float(np.clip(at, -3, 3))
                    for axis, at in told["positions"].items()
                    if int(axis) in range(3)
                },
                {},
            )

        take_in(keep, spoil_json({"level": 0.4, "positions": {"0": 1.0, "2": -2.5}}, rng))
        if not 0 <= state.level <= 1 or not np.isfinite(state.explorer.positions).all():
            raise AssertionError(f"Expected a state within its limits. Received level {state.level}.")

    def direction(self, rng: random.Random) -> None:
        """A file of a direction is read."""
        direction_file.read(spoil_bytes(self.good_direction, rng), 40, "ab" * 32)

    def model(self, rng: random.Random) -> None:
        """A file of a model is unpacked into a new folder."""
        model_file.unpack_model(
            spoil_bytes(self.good_model, rng), self.folder / f"made-{rng.randrange(10**12)}"
        )

    def picture(self, rng: random.Random) -> None:
        """A picture is read: a damaged one, or a whole one of anything."""
        if rng.random() < 0.5:
            read_picture(spoil_bytes(rng.choice(self.pictures), rng))
            return
        shape = (rng.randint(1, 300), rng.randint(1, 300))
        pixels = np.full(shape, rng.randrange(256), np.uint8)
        for _ in range(rng.randint(0, 5)):
            top, left = rng.randrange(shape[0]), rng.randrange(shape[1])
            pixels[top : top + rng.randint(1, 80), left : left + rng.randint(1, 80)] = rng.randrange(256)
        read_picture(_encoded(pixels, rng.choice(("PNG", "JPEG", "GIF", "BMP", "WEBP"))))


def _encoded(pixels: np.ndarray, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def run(count: int, seed: int, tell: Callable[[str], None] = lambda _: None) -> dict[str, dict[str, float]]:
    """Runs cases of all kinds.

    Args:
        count: How many in all, 100 at least.
        seed: Decides all of them.
        tell: Hears of each kind's figures.

    Returns:
        By kind: "cases", "refused", the "slowest" in seconds, and how much the process "grew", bytes.

    Raises:
        AssertionError: A case did what none may do; it says which.
    """
    figures = {}
    logging.getLogger("streamlit").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as outer:
        folder = Path(outer) / "models"
        folder.mkdir()
        cases = Cases(folder)
        for kind, share in SHARES.items():
            found = {"cases": count * share // 100, "refused": 0, "slowest": 0.0}
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            for number in range(found["cases"]):
                rng = random.Random(f"{seed} {kind} {number}")
                start = time.perf_counter()
                try:
                    getattr(cases, kind)(rng)
                except (VAEError, ValueError) as error:
                    if isinstance(error, ValueError) and not str(error):
                        raise AssertionError(
                            f"Expected a reason. Received none, at {kind} {number}."
                        ) from error
                    found["refused"] += 1
                except Exception as error:
                    raise AssertionError(f"{kind}, seed {seed}, case {number}: {error!r}") from error
                found["slowest"] = max(found["slowest"], time.perf_counter() - start)
            # Linux counts in kilobytes, macOS in bytes.
            unit = 1 if sys.platform == "darwin" else 1024
            found["grew"] = unit * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
            figures[kind] = found
            tell(
                f"{kind:<10} {found['cases']:>7,} cases, {found['refused']:>7,} refused, slowest "
                f"{1000 * found['slowest']:>6.0f} ms, {found['grew'] / 1e6:>4.0f} MB more"
            )
        if [path.name for path in Path(outer).iterdir()] != ["models"]:
            raise AssertionError("Expected nothing outside the models' folder.")
    return figures


def main() -> None:
    """Runs the cases that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    figures = run(arguments.cases, arguments.seed, print)
    slow = [
        kind
        for kind, found in figures.items()
        if found["slowest"] > MOST_SECONDS or found["grew"] > MOST_BYTES
    ]
    print(json.dumps({"cases": sum(found["cases"] for found in figures.values()), "over the limits": slow}))
    sys.exit(bool(slow))


if __name__ == "__main__":
    main()
