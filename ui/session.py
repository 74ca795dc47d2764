"""The one story that all pages tell: whose digit, which model, what noise.

Widgets come and go with their pages, and Streamlit forgets them when they go. So the session object is the truth:
a widget shows a field of it and writes back what its user chose (`bind`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from ui import mnist
from ui.choices import AnomalyChoices, GenerateChoices, MapChoices
from ui.walks import Explorer, Traversals
from vae import corruptions

Source = Literal["drawing", "test", "upload"]
MAX_SEED = 999_999
PAGES = Path(__file__).parents[1] / "pages"


@dataclass
class Drawing:
    """What is on the canvas.

    Attributes:
        json: The canvas's own record of the strokes, to put them back after a visit to another page.
        digit: The drawing as MNIST would have it, float32 (28, 28), or None while it is no digit yet.
        problem: Why it is none, as a sentence, or "" where nothing is wrong.
        version: Counts the clearings; a new version is a new, empty canvas.
        initial: What a canvas that is mounted now starts from; frozen for as long as it stays mounted.
        mounted: Whether the canvas was on the page in the last run.
    """

    json: dict[str, Any] | None = None
    digit: np.ndarray | None = None
    problem: str = ""
    version: int = 0
    initial: dict[str, Any] | None = None
    mounted: bool = False

    def mount(self) -> dict[str, Any] | None:
        """The strokes that the canvas starts from. Feeding back newer ones would make it rerun without end."""
        if not self.mounted:
            self.initial, self.mounted = self.json, True
        return self.initial

    def clear(self) -> None:
        """An empty canvas in place of this one."""
        self.json = self.digit = self.initial = None
        self.problem = ""
        self.version += 1


@dataclass(frozen=True)
class Digit:
    """The digit that the pages work on.

    Attributes:
        image: float32 (28, 28) in [0, 1].
        title: What it is, for a caption: "My drawing", "Test digit 12, a 9".
        is_example: Whether it only stands in until there is a digit of the user's own.
    """

    image: np.ndarray
    title: str
    is_example: bool = False


@dataclass
class Session:
    """What one visitor has chosen, on whichever page.

    Attributes:
        source: Where the current digit comes from.
        drawing: What is on the canvas.
        test_index: Which of the 10,000 test digits is picked.
        upload: The uploaded picture as a digit, float32 (28, 28), or None.
        upload_name: Its file's name.
        model: The current model's name or folder.
        corruption: A key of `vae.corruptions.CORRUPTIONS`.
        level: The corruption's level, [0, 1].
        seed: What decides the noise, 0 to MAX_SEED.
        hole: Where the hole of "masking" stands, (down, right) in [0, 1].
        strip_levels: How many noise levels stand side by side.
        strip_range: The lowest and the highest of them.
        explorer: Where the sliders of the latent space stand.
        traversals: Which traversals are on show.
        map: How the test digits are laid out.
        generate: What is made from codes.
        anomaly: What is judged.
        live: Whether live views are shown; not after one has failed in this visit.
        page: The page of the last run.
    """

    source: Source = "drawing"
    drawing: Drawing = field(default_factory=Drawing)
    test_index: int = 0
    upload: np.ndarray | None = None
    upload_name: str = ""
    model: str = "calibrated"
    corruption: str = "gaussian"
    level: float = 0.5
    seed: int = 0
    hole: corruptions.Hole = corruptions.CENTRE
    strip_levels: int = 11
    strip_range: tuple[float, float] = (0.0, 1.0)
    explorer: Explorer = field(default_factory=Explorer)
    traversals: Traversals = field(default_factory=Traversals)
    map: MapChoices = field(default_factory=MapChoices)
    generate: GenerateChoices = field(default_factory=GenerateChoices)
    anomaly: AnomalyChoices = field(default_factory=AnomalyChoices)
    live: bool = True
    page: str = ""

    def visit(self, page: str) -> None:
        """Notes which page runs; on a new one the canvas has to be put back."""
        if page != self.page:
            self.page, self.drawing.mounted = page, False

    @property
    def digit(self) -> Digit:
        """The current digit; a test digit stands in while the chosen source has none."""
        if self.source == "drawing" and self.drawing.digit is not None:
            return Digit(self.drawing.digit, "My drawing")
        if self.source == "upload" and self.upload is not None:
            return Digit(self.upload, f"My picture {self.upload_name}")
        image, label = mnist.test_digit(self.test_index)
        return Digit(image, f"Test digit {self.test_index}, a {label}", is_example=self.source != "test")

    def pick_test_digit(self, index: int) -> None:
        """Makes a test digit the current one."""
        self.source, self.test_index = "test", int(index)

    def rng(self) -> np.random.Generator:
        """A generator at the start of the session's seed: each call begins the same noise anew."""
        return np.random.default_rng(self.seed)

    def reroll(self) -> None:
        """Another seed; the one place where the app asks for true randomness."""
        self.seed = int(np.random.default_rng().integers(MAX_SEED + 1))

    def corrupt(self, images: np.ndarray, level: float | None = None) -> np.ndarray:
        """Images (n, 28, 28) spoilt as chosen, at the chosen level or another."""
        level = self.level if level is None else level
        return corruptions.corrupt(images, self.corruption, level, self.rng(), hole=self.hole)


def enter(page: str) -> None:
    """Begins a run of a page: `app.py` calls it before all else, with the page's address."""
    st.session_state.setdefault("session", Session()).visit(page)


def current() -> Session:
    """The visitor's session object, made when `app.py` first runs."""
    if "session" not in st.session_state:
        # A fresh server that is asked for a page's address first serves the file from `pages/` without `app.py`, until
        # `st.navigation` has run once. So it runs here, and the page is asked for again.
        st.session_state["session"] = Session()
        st.navigation(
            [st.Page(f"pages/{path.name}") for path in sorted(PAGES.glob("*.py"))], position="hidden"
        )
        st.rerun()
    return st.session_state["session"]


def bind(name: str, place: str = "", part: Any = None) -> dict[str, Any]:
    """Ties a widget to a field of the session: pass what it returns on to the widget, as in
    `st.slider("Noise level", 0.0, 1.0, **bind("level"))`.

    Args:
        name: A field of `Session`.
        place: Tells two widgets for one field apart, where a page has two.
        part: The part of the session whose field it is, such as `session.explorer`, where it isn't its own.
    """
    session = current() if part is None else part
    # With the page in it: when a widget's last move comes in together with the click on another page, Streamlit still
    # holds its value, and would take it for that of the other page's widget, which then begins at its lowest.
    key = ".".join(filter(None, [current().page, type(session).__name__.lower(), name, place]))
    # The field may have been changed by something else since the widget was last drawn.
    if st.session_state.get(key) != getattr(session, name):
        st.session_state[key] = getattr(session, name)

    def keep() -> None:
        # A segmented control can be emptied by a second click: then the old choice stays.
        if st.session_state[key] is not None:
            setattr(session, name, st.session_state[key])

    return {"key": key, "on_change": keep}
