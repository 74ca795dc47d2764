"""A page's pictures as files for slides, and as the Python that makes the same pictures with the package."""

from __future__ import annotations

import csv
import io
import tempfile
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ui.show.download import gif

# As wide as a slide is in pixels.
SLIDE_WIDTH = 1920


@dataclass(frozen=True)
class Sheet:
    """Pictures in rows and columns.

    Attributes:
        title: What they are.
        pictures: Floats in [0, 1], (rows, columns, 28, 28).
        rows: A name for each row, or none.
        columns: A name for each column, or none.
        about: What decided them besides the model: noise, level, seed, digit.
        python: Lines that make `pictures` with the package; `np` and `vae` are imported.
        frames: What moves, (n, 28, 28), or None.
        fps: How many of them are shown in a second.
    """

    title: str
    pictures: np.ndarray
    rows: Sequence[str]
    columns: Sequence[str]
    about: str
    python: Sequence[str]
    frames: np.ndarray | None = None
    fps: float = 20

    @property
    def name(self) -> str:
        """The start of a file's name."""
        return "-".join("".join(c if c.isalnum() else " " for c in self.title.lower()).split())

    @property
    def cell(self) -> float:
        """How wide a picture is in a figure, inches, so that few pictures are large beside their names."""
        down, across = self.pictures.shape[:2]
        return round(max(0.65, min(6.5 / across, 3.2 / down)), 2)

    def figure(self, kind: str, caption: str) -> bytes:
        """The pictures with their names and a caption, as a file.

        Args:
            kind: "png", as wide as a slide, "svg" or "pdf".
            caption: What stands beneath them.
        """
        # Only now: matplotlib takes longer than a page.
        from vae.figures import gallery, save

        rows, columns = ([_plain(name) for name in names] for names in (self.rows, self.columns))
        figure = gallery(self.pictures, rows, columns, _plain(self.title), self.cell)
        figure.get_layout_engine().set(h_pad=0.1, w_pad=0.1)
        lines = textwrap.wrap(_plain(caption), max(40, int(16 * figure.get_figwidth())))
        figure.supxlabel("\n".join(lines), fontsize=6, color="#555")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"figure.{kind}"
            save(figure, path, width=SLIDE_WIDTH)
            return path.read_bytes()

    def moving(self) -> bytes:
        """What moves, as a GIF that plays without end."""
        return gif(self.frames, self.fps)

    def numbers(self) -> str:
        """The pictures' pixels as CSV: a row for each picture, with its names and 784 numbers in [0, 1]."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        height, width = self.pictures.shape[2:]
        writer.writerow(["row", "column", *(f"{y},{x}" for y in range(height) for x in range(width))])
        for (row, column), _ in np.ndenumerate(self.pictures[:, :, 0, 0]):
            names = (_named(self.rows, row), _named(self.columns, column))
            writer.writerow([*names, *(f"{value:.4f}" for value in self.pictures[row, column].ravel())])
        return text.getvalue()

    def script(self) -> str:
        """A program that makes the same pictures, and a figure of them."""
        body = "\n".join(self.python)
        modules = ("corruptions", "drawing", "latent", "noise_sweep", "posterior")
        needed = ", ".join(["figures", *(name for name in modules if f"{name}." in body)])
        lines = [
            "from pathlib import Path",
            "",
            "import numpy as np",
            "",
            "import vae",
            f"from vae import {needed}",
            "",
            *self.python,
            "",
            f"rows, columns = {list(self.rows)!r}, {list(self.columns)!r}",
            f"figure = figures.gallery(pictures, rows, columns, {self.title!r}, cell={self.cell})",
            f'figures.save(figure, Path("{self.name}.png"))',
        ]
        return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    # Between two dollars matplotlib reads mathematics; a name may have some.
    return text.replace("$", r"\$")


def _named(names: Sequence[str], place: int) -> str:
    return names[place] if names else str(place + 1)
