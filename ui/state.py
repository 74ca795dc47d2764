"""All that is one visitor's: whose digit, what noise, which model, and what each page's controls say.

Widgets come and go with their pages, and Streamlit forgets them when they go. So the state is the truth: a widget shows
a field of it and writes back what its user chose (`bind`). The address carries it (`to_link`, `from_link`): a reload, a
second tab and a link that is sent show the same.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import numpy as np
import streamlit as st

from ui import cache
from ui.link import (
    Choice,
    Matching,
    Name,
    Number,
    Picture,
    Several,
    Strokes,
    Table,
    Whole,
    Yes,
    linked,
    linked_fields,
)
from ui.show.parts import PARTS
from ui.teaching.plan import PLAN
from ui.teaching.rooms import HOST_KEY, ROOM_CODE
from ui.test_set import TestSet
from ui.train import ownership
from vae import corruptions, drawing
from vae.checkpoints import shipped_models
from vae.errors import PreprocessError
from vae.nondigits import NON_DIGITS
from vae.photo import Findings
from vae.presets import DEFAULT_MODEL, LADDER_WEIGHTS
from vae.properties import PROPERTIES

Source = Literal["drawing", "test", "upload"]
MAX_SEED = 999_999
MAX_LATENT_DIM = 128
# How far sliders and traversals go in latent space, in standard deviations, and a slider's step.
REACH, STEP = 3.0, 0.05
STRIP_COUNTS = (3, 21)
PAGES = Path(__file__).parents[1] / "pages"
# A rerun that was under way when the address changed still comes with the old one; going back takes longer. In seconds.
ADDRESS_LAG = 1.0

# Each model has as many test pictures as its data: what an address says is a number that some model may have.
MAX_TEST_PICTURES = 1_000_000
_test_digit = Whole(0, MAX_TEST_PICTURES - 1)
_seed = Whole(0, MAX_SEED)
_component = Whole(0, MAX_LATENT_DIM - 1)
_share = Number(0, 1)


@dataclass
class Drawing:
    """What is on the canvas.

    Attributes:
        strokes: In pixels of the canvas, quantised: `vae.drawing`.
        digit: The drawing as MNIST would have it, float32 (28, 28), or None while it is no digit.
        problem: Why it is none, as a sentence; "" where nothing is wrong or nothing is drawn.
        seen: What the canvas last sent: older news than whatever changed the strokes since.
        initial: What the canvas starts from.
        changes: How often that was changed: the canvas loads it anew when this changes.
        loaded: What it was given to load since the last stroke, points by stroke, the latest last.
        mounted: Whether the canvas was on the page in the last run.
    """

    strokes: drawing.Strokes = ()
    digit: np.ndarray | None = None
    problem: str = ""
    seen: Any = None
    initial: drawing.Strokes = ()
    changes: int = 0
    loaded: list[list[list[list[int]]]] = field(default_factory=list)
    mounted: bool = False

    def draw(self, strokes: list[np.ndarray]) -> None:
        """Takes over what is on the canvas."""
        self.digit, self.problem = None, ""
        try:
            self.strokes = drawing.quantise(strokes)
            if self.strokes:
                self.digit = drawing.drawing_to_digit(self.strokes)
        except PreprocessError as error:
            self.problem = str(error)

    def replace(self, strokes: drawing.Strokes) -> None:
        """Puts other strokes on the canvas."""
        self.draw(list(strokes))
        self.initial = self.strokes
        self.changes += 1
        self.loaded = [*self.loaded[-9:], [stroke.tolist() for stroke in self.strokes]]

    def clear(self) -> None:
        """Empties the canvas."""
        self.replace(())

    def undo(self) -> None:
        """Takes the last stroke back."""
        # What was too much never became part of the drawing.
        self.replace(self.strokes if self.problem == drawing.CROWDED else self.strokes[:-1])

    def mount(self) -> drawing.Strokes:
        """The strokes that the canvas starts from. Feeding newer ones back to it would make it rerun without end."""
        if not self.mounted:
            self.initial, self.mounted = self.strokes, True
        return self.initial


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


class Axes(Protocol):
    """A basis of the latent space, counted in standard deviations: principal components, or another."""

    def standardise(self, codes: np.ndarray) -> np.ndarray:
        """The coordinates of codes, (n, latent_dim)."""

    def move(self, code: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """A code moved along the axes, (latent_dim,)."""


class PropertyDirection(Protocol):
    """A way in the latent space that changes a measured property: its name, and one standard deviation of it."""

    name: str
    direction: np.ndarray


@dataclass
class Explorer:
    """Where the sliders of the latent space stand.

    An axis's slider is a coordinate in standard deviations. At the start each stands at the start's own
    coordinate, rounded to a slider's step and within its reach; only how far a slider has moved from there
    changes the code. So what no slider holds, and what rounding cuts off, stays as it is. A property's slider
    counts how far it is from the start, in standard deviations of the property.

    Attributes:
        start: What the sliders start from.
        test_index: Which test digit that is, where it is one.
        seed: What decides the random draw, where it is one.
        shown: How many sliders are shown, the strongest components first.
        focus: The components that are shown before these, from 0.
        basis: The axes that have the sliders: principal components, or those that change the picture most.
        moves: Where the sliders stand that were moved, by axis.
        raised: By how many standard deviations each property was raised.
        code: The start's code, (latent_dim,), or None before the first visit.
        origin: Where the sliders stand at the start, (latent_dim,).
        history: Earlier moves and properties, the latest last.
        kept: Directions that the visitor has named: what each adds to a code, (latent_dim,).
        placed: The axes that the sliders stand along.
    """

    start: Literal["digit", "noisy", "mean", "test", "prior"] = linked(
        "from", Choice(("digit", "noisy", "mean", "test", "prior")), "digit"
    )
    test_index: int = linked("from-test", _test_digit, 0)
    seed: int = linked("from-seed", _seed, 0)
    shown: int = linked("sliders", Whole(1, MAX_LATENT_DIM), 10)
    focus: tuple[int, ...] = linked("first", Several(_component, 0, 3), ())
    basis: Literal["components", "changes"] = linked(
        "sliders-along", Choice(("components", "changes")), "components"
    )
    moves: dict[int, float] = linked("moved", Table(_component, Number(-REACH, REACH)), {})
    raised: dict[str, float] = linked("raised", Table(Choice(PROPERTIES), Number(-REACH, REACH)), {})
    code: np.ndarray | None = None
    origin: np.ndarray = field(default_factory=lambda: np.zeros(0))
    history: list[tuple[dict[int, float], dict[str, float]]] = field(default_factory=list)
    kept: dict[str, np.ndarray] = field(default_factory=dict)
    placed: Axes | None = None

    def begin(self, code: np.ndarray, axes: Axes) -> None:
        """Starts from a code, (latent_dim,), along some axes, unless the sliders have started from it already."""
        is_same = self.code is not None and np.array_equal(code, self.code)
        if is_same and axes is self.placed:
            return
        reached = np.clip(axes.standardise(code[None])[0], -REACH, REACH)
        moved = self.positions - self.origin if is_same and self.placed else None
        if self.code is not None:  # Otherwise the moves are those of the address.
            self.moves = {}
            self.raised = self.raised if is_same else {}
        before, self.placed = self.placed, axes
        self.code, self.origin, self.history = code, np.round(np.round(reached / STEP) * STEP, 2), []
        self.moves = {component: at for component, at in self.moves.items() if component < len(code)}
        self.focus = tuple(component for component in self.focus if component < len(code))
        if (
            moved is not None and moved.any()
        ):  # Along other axes, from the same start: as far as sliders reach.
            self.add(before.move(np.zeros_like(code), moved))
            self.history = []

    @property
    def positions(self) -> np.ndarray:
        """Where the sliders stand now, (latent_dim,)."""
        positions = self.origin.copy()
        for component, position in self.moves.items():
            positions[component] = position
        return positions

    @property
    def listed(self) -> list[int]:
        """The components that have a slider, in the order in which they are shown."""
        strongest = range(min(self.shown, len(self.origin)))
        return [*self.focus, *(component for component in strongest if component not in self.focus)]

    def current_code(self, properties: Sequence[PropertyDirection] = ()) -> np.ndarray:
        """The code where the sliders stand now, (latent_dim,)."""
        code = self.placed.move(self.code, self.positions - self.origin)
        for one in properties:
            code = code + np.float32(self.raised.get(one.name, 0)) * one.direction.astype(np.float32)
        return code

    def add(self, change: np.ndarray) -> None:
        """Moves the sliders of the axes so that they add a change to the code, (latent_dim,), as far as they reach."""
        steps = (
            self.placed.standardise(change[None])[0] - self.placed.standardise(np.zeros_like(change)[None])[0]
        )
        places = np.clip(np.round(self.positions + steps, 2), -REACH, REACH)
        moves = {n: float(place) for n, place in enumerate(places) if place != self.origin[n]}
        self._go(moves, self.raised)

    def put(self, component: int, position: float) -> None:
        """Moves one slider."""
        moves = {**self.moves, component: position}
        if position == self.origin[component]:
            del moves[component]
        self._go(moves, self.raised)

    def settle(self, positions: Mapping[int, float], raised: Mapping[str, float]) -> None:
        """Moves several sliders at once, by axis and by property."""
        moves = self.moves | dict(positions)
        moves = {axis: at for axis, at in moves.items() if at != self.origin[axis]}
        self._go(moves, {name: steps for name, steps in (self.raised | dict(raised)).items() if steps})

    def reset(self, component: int | None = None) -> None:
        """Moves one slider back to the start, or all of them."""
        moves = {c: at for c, at in self.moves.items() if component is not None and c != component}
        self._go(moves, {} if component is None else self.raised)

    def undo(self) -> None:
        """Takes the last move back."""
        if self.history:
            self.moves, self.raised = self.history.pop()

    def _go(self, moves: dict[int, float], raised: dict[str, float]) -> None:
        if (moves, raised) != (self.moves, self.raised):
            self.history.append((self.moves, self.raised))
            self.moves, self.raised = moves, raised


@dataclass
class NoiseLevels:
    """The strip of the page of noise levels.

    Attributes:
        count: How many noise levels stand side by side.
        span: The lowest and the highest of them.
    """

    count: int = linked("columns", Whole(*STRIP_COUNTS), 11)
    span: tuple[float, float] = linked("levels", Several(_share, 2, 2), (0.0, 1.0))


@dataclass
class Traversals:
    """Which traversals are on show.

    Attributes:
        basis: Along the principal components, or along the raw latent dimensions.
        around: What every row passes through in its middle.
        rows: How many rows.
        row: The place of the one shown large, from 0.
    """

    basis: Literal["components", "dimensions"] = linked(
        "along", Choice(("components", "dimensions")), "components"
    )
    around: Literal["digit", "mean"] = linked("around", Choice(("digit", "mean")), "digit")
    rows: int = linked("rows", Whole(1, MAX_LATENT_DIM), 10)
    row: int = linked("row", _component, 0)


@dataclass
class DigitMap:
    """How the test digits are laid out.

    Attributes:
        layout: By t-SNE or by the two strongest principal components; or what is decoded on the latter's
            plane.
        through: What the decoded plane passes through.
        pins: Where its two pins stand, (x, y, x, y), in standard deviations.
    """

    layout: Literal["tsne", "components", "plane"] = linked(
        "map", Choice(("tsne", "components", "plane")), "tsne"
    )
    through: Literal["mean", "digit"] = linked("through", Choice(("mean", "digit")), "mean")
    pins: tuple[float, ...] = linked("pins", Several(Number(-REACH, REACH), 4, 4), (-1.5, 0.0, 1.5, 0.0))


_end = Choice(("digit", "test"))
_operand = Whole(-1, MAX_TEST_PICTURES - 1)


@dataclass
class Generate:
    """What is made from codes.

    Attributes:
        what: Draws, a walk from one digit to another, or sums of digits.
        temperature: The standard deviation of the draws, in the source's own units.
        seed: What decides the draws.
        source: The prior, or a Gaussian or a mixture of them fitted to the codes.
        digit: The class that the mixture draws from; -1 for all.
        start: Where the walk starts: my digit or a test digit.
        start_index: Which test digit.
        end: Where it ends, likewise.
        end_index: Which test digit.
        path: The way between.
        fraction: How far along it the large picture stands, [0, 1].
        example: The test digit that is added, -1 until the visitor chooses one.
        reference: The one that is subtracted, likewise.
        subject: The one that it is done to, likewise.
        strength: How many times it is done.
    """

    what: Literal["draw", "morph", "sum"] = linked("make", Choice(("draw", "morph", "sum")), "draw")
    temperature: float = linked("temperature", Number(0, 2), 1.0)
    seed: int = linked("draws", _seed, 0)
    source: Literal["prior", "codes", "mixture"] = linked(
        "source", Choice(("prior", "codes", "mixture")), "prior"
    )
    digit: int = linked("of", Whole(-1, 9), -1)
    start: Literal["digit", "test"] = linked("start", _end, "digit")
    start_index: int = linked("start-test", _test_digit, 0)
    end: Literal["digit", "test"] = linked("end", _end, "test")
    end_index: int = linked("end-test", _test_digit, 1)
    path: Literal["straight", "spherical"] = linked("path", Choice(("straight", "spherical")), "straight")
    fraction: float = linked("way", Number(0, 1), 0.5)
    example: int = linked("plus", _operand, -1)
    reference: int = linked("minus", _operand, -1)
    subject: int = linked("onto", _operand, -1)
    strength: float = linked("strength", Number(-2, 2), 1.0)


@dataclass
class Anomaly:
    """What is judged.

    Attributes:
        what: "digit", my digit; "noisy", the same, noisy; or a key of `vae.nondigits.NON_DIGITS`.
        seed: Which of the non-digits.
    """

    what: str = linked("judge", Choice(("digit", "noisy", *NON_DIGITS)), "digit")
    seed: int = linked("which", _seed, 0)


@dataclass
class Dial:
    """The dial of the weight of the KL divergence.

    Attributes:
        kl_weight: Where it stands; what is no stop counts as the nearest one.
        seed: What decides the draws from the prior and the sampled code.
        walk_to: The digit that the walk goes to.
    """

    kl_weight: float = linked("kl", Number(LADDER_WEIGHTS[0], LADDER_WEIGHTS[-1]), LADDER_WEIGHTS[0])
    seed: int = linked("kl-draws", _seed, 0)
    walk_to: int = linked("kl-walk", Whole(0, 9), 2)

    @property
    def stop(self) -> int:
        """Where it stands among the ladder's weights, from 0."""
        return min(range(len(LADDER_WEIGHTS)), key=lambda place: abs(LADDER_WEIGHTS[place] - self.kl_weight))


# The lesson's steps, in their order.
Step = Literal["machine", "encoder", "sampling", "decoder", "loss", "prior", "noise", "uses"]
STEPS: tuple[Step, ...] = get_args(Step)
# The parts of the lesson that draw at random.
SAMPLED = ("sampling", "loss", "prior", "noise")


@dataclass
class Lesson:
    """Where a reader of "How it works" has got to.

    Attributes:
        step: Which step is on the screen.
        in_depth: Whether mathematics and code stand open.
        dimension: Which number of the code the decoder's section changes; -1 for the most telling one.
        sampled: What decides the draws of each part that was drawn again.
        pull: How far the code is pulled towards the prior, percent.
    """

    step: Step = linked("step", Choice(STEPS), "machine")
    in_depth: bool = linked("depth", Yes(), False)
    dimension: int = linked("number", Whole(-1, MAX_LATENT_DIM - 1), -1)
    sampled: dict[str, int] = linked("sampled", Table(Choice(SAMPLED), _seed), {})
    pull: int = linked("pull", Whole(0, 100), 0)


# Text sizes by name, in pixels for what is a rem: the smallest of the app's text then has at least 14, 17, 21.
TEXT_SIZES = {"normal": 16, "large": 20, "huge": 24}


@dataclass
class Classroom:
    """What a teacher has prepared, and how it is shown.

    Attributes:
        hide: The parts of pages that are hidden, of `ui.show.parts`.
        show: The only parts that are shown, on pages that have one of them.
        guess: Whether a page asks first, and holds its answer back until it has a guess.
        text: How large the text is, a key of `TEXT_SIZES`.
        presents: Whether the page is shown on a projector: large, without the bench and the menu.
        bench: Whether the bench is shown all the same.
        place: The step of the twenty-minute lesson that is shown, from 1; 0 outside it.
        room: The code of the room whose guesses are counted together; "" for none.
        key: The key of the room that this visitor opened, by which they see its guesses; "" for all others.
    """

    hide: tuple[str, ...] = linked("hide", Several(Choice(PARTS), 1, len(PARTS)), ())
    show: tuple[str, ...] = linked("show", Several(Choice(PARTS), 1, len(PARTS)), ())
    guess: bool = linked("guess", Yes(), False)
    text: str = linked("text", Choice(TEXT_SIZES), "normal")
    presents: bool = linked("present", Yes(), False)
    bench: bool = False
    place: int = linked("lesson", Whole(0, len(PLAN)), 0)
    room: str = linked("room", Matching(ROOM_CODE), "")
    key: str = linked("host", Matching(HOST_KEY), "")


TRAIN_VIEWS = ("replay", "own", "models")


@dataclass
class Train:
    """What is to be trained.

    Attributes:
        view: Which of `TRAIN_VIEWS` is shown.
        start: The preset from which it starts.
        name: What the model will be called.
        share: How much of the training digits is used.
        sigma: The lowest and the highest noise level.
        fresh: Whether noise is drawn anew each time.
        latent_dim: How many numbers a code has.
        hidden: The sizes of the encoder's hidden layers, "512, 128"; "" for the preset's network.
        reconstruction: Which reconstruction loss.
        kl_weight: The weight of the KL divergence.
        epochs, batch_size, learning_rate, optimizer: How it is trained.
        seed: What decides every random draw.
        replay: Whose training is played again.
    """

    view: str = linked("watch", Choice(TRAIN_VIEWS), "replay")
    start: str = "notebook"
    name: str = "mine"
    share: int = 20
    sigma: tuple[float, float] = (0.2, 0.2)
    fresh: bool = False
    latent_dim: int = 40
    hidden: str = ""
    reconstruction: str = "mse"
    kl_weight: float = 0.0
    epochs: int = 10
    batch_size: int = 128
    learning_rate: float = 1e-3
    optimizer: str = "adam"
    seed: int = 0
    replay: str = linked("replay", Choice(shipped_models()), DEFAULT_MODEL)


@dataclass
class State:
    """What one visitor has chosen, on whichever page.

    Attributes:
        source: Where the current digit comes from.
        drawing: What is on the canvas.
        test_index: Which of the model's test digits is picked; the model shown may have fewer.
        upload: The uploaded picture as a digit, float32 (28, 28) in 256 shades of grey, or None.
        upload_name: Its file's name.
        turns: Quarter turns, counterclockwise, that make the uploaded picture upright.
        chosen: Which of the digits in it is taken, the likeliest first.
        findings: What was found in which file, turned how often: ((file, turns), findings), or None.
        camera: Whether the picture comes from the camera.
        model: The current model's name or folder.
        corruption: A key of `vae.corruptions.CORRUPTIONS`.
        level: The corruption's level, [0, 1].
        seed: What decides the noise, 0 to MAX_SEED.
        hole: Where the hole of "masking" stands, (down, right) in [0, 1].
        noise_levels, explorer, traversals, digit_map, generate, anomaly, dial, lesson, train: What the pages' controls
            say.
        classroom: What a teacher has prepared.
        owner: What this visitor is known by to what they have trained.
        answers: What was answered to each question of this visit, `ui.teaching.question.Answer` by the question's key.
        unnamed: Whether this run doesn't say what the axes of the latent space go with: a question asks for it.
        is_asking: Whether the page, in its last run, held an answer back.
        live: Whether live views are shown; not after one has failed in this visit.
        folded: What widgets that a browser may not have mounted yet were given, by field: how often, and what.
        given: The widgets that were given a value and may not have reached the browser, with since when. A run that is
            cut short takes its widgets along: the next one must give them their values again, or they begin at their
            lowest.
        bound: On which page each widget was last made, by its key.
        met: The models that this visit's browser has been told of, by what tells their weights apart.
        served: The addresses of what this run has made available to the browser, by name.
        page: The page of the last run, as its address has it.
        address: What the address said last, as the app wrote it or as it came.
        address_before: What it said before that.
        address_written: When the app wrote it, in seconds of a clock that only runs forward.
        arrived_bare: Whether the page was entered by its bare address and the browser has shown no other one since.
        link_problem: What there is to say of the address that this visit came with; "" for nothing.
    """

    source: Source = "drawing"
    drawing: Drawing = field(default_factory=Drawing)
    test_index: int = 0
    upload: np.ndarray | None = None
    upload_name: str = ""
    turns: int = 0
    chosen: int = 0
    findings: tuple[tuple[str, int], Findings] | None = None
    camera: bool = False
    model: str = linked("model", Name(), DEFAULT_MODEL)
    corruption: str = linked("noise", Choice(corruptions.CORRUPTIONS), "gaussian")
    level: float = linked("level", _share, 0.5)
    seed: int = linked("seed", _seed, 0)
    hole: corruptions.Hole = linked("hole", Several(_share, 2, 2), corruptions.CENTRE)
    noise_levels: NoiseLevels = field(default_factory=NoiseLevels)
    explorer: Explorer = field(default_factory=Explorer)
    traversals: Traversals = field(default_factory=Traversals)
    digit_map: DigitMap = field(default_factory=DigitMap)
    generate: Generate = field(default_factory=Generate)
    anomaly: Anomaly = field(default_factory=Anomaly)
    dial: Dial = field(default_factory=Dial)
    lesson: Lesson = field(default_factory=Lesson)
    train: Train = field(default_factory=Train)
    classroom: Classroom = field(default_factory=Classroom)
    owner: str = field(default_factory=ownership.token_of_visit)
    answers: dict[str, Any] = field(default_factory=dict)
    unnamed: bool = False
    is_asking: bool = False
    live: bool = True
    folded: dict[str, tuple[int, Any]] = field(default_factory=dict)
    given: dict[str, float] = field(default_factory=dict)
    bound: dict[str, str] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)
    served: dict[str, str] = field(default_factory=dict)
    page: str = ""
    address: dict[str, str] = field(default_factory=dict)
    address_before: dict[str, str] = field(default_factory=dict)
    address_written: float = 0.0
    arrived_bare: bool = False
    link_problem: str = ""

    @property
    def digit(self) -> Digit:
        """The current digit; a test digit stands in while the chosen source has none."""
        if self.source == "drawing" and self.drawing.digit is not None:
            return Digit(self.drawing.digit, "My drawing")
        if self.source == "upload" and self.upload is not None:
            return Digit(self.upload, f"My picture {self.upload_name}".strip())
        if self.source == "test":
            test = self.test_set
            index = test.number(self.test_index)
            return Digit(test.images[index], test.title(index))
        return self.example

    @property
    def example(self) -> Digit:
        """The digit that stands in while there is none of the visitor's own."""
        test = self.test_set
        return Digit(test.images[0], f"{test.title(0)} (an example)", is_example=True)

    @property
    def test_set(self) -> TestSet:
        """The test pictures of the model that is picked."""
        return cache.test_set_of(self.model)

    def pick_test_digit(self, index: int) -> None:
        """Makes a test digit the current one."""
        self.source, self.test_index = "test", int(index)

    def take_picture(self, image: np.ndarray, name: str) -> None:
        """Makes a picture, float32 (28, 28), the current digit."""
        # In the shades that the address can carry, so that a reload shows the same to the last bit.
        self.upload, self.upload_name = (np.round(image * 255) / 255).astype(np.float32), name

    def rng(self) -> np.random.Generator:
        """A generator at the start of the state's seed: each call begins the same noise anew."""
        return np.random.default_rng(self.seed)

    def corrupt(self, images: np.ndarray, level: float | None = None) -> np.ndarray:
        """Images (n, 28, 28) corrupted as chosen, at the chosen level or another."""
        level = self.level if level is None else level
        return corruptions.corrupt(images, self.corruption, level, self.rng(), hole=self.hole)

    def start_over(self) -> None:
        """Sets everything to what a first visit has."""
        self.from_link({})
        self.classroom = Classroom()
        self.drawing.clear()
        self.source, self.test_index, self.upload, self.upload_name = "drawing", 0, None, ""
        self.turns = self.chosen = 0

    @property
    def _parts(self) -> tuple[Any, ...]:
        """The state itself and, of its fields, each that is a part with fields of its own which the address carries."""
        values = (getattr(self, one.name) for one in fields(self))
        return (self, *(value for value in values if is_dataclass(value) and linked_fields(value)))

    def end_run(self) -> None:
        """Ends a run of a page that was not cut short: its widgets have reached the browser, or will in a moment."""
        now = time.monotonic()
        self.given = {key: since for key, since in self.given.items() if now - since < ADDRESS_LAG}

    def to_link(self) -> dict[str, str]:
        """What the address says of the state: each setting that isn't the default, by a name in words."""
        link = {}
        if self.source == "test":
            link["test"] = _test_digit.write(self.test_index)
        elif self.source == "drawing" and self.drawing.strokes:
            link["drawing"] = Strokes().write(self.drawing.strokes)
        elif self.source == "upload" and self.upload is not None:
            link["picture"] = Picture().write(self.upload)
        for part in self._parts:
            for one in linked_fields(part):
                value = getattr(part, one.name)
                if value != _default(one) and not (one.name == "model" and self.has_private_model):
                    link[one.metadata["name"]] = one.metadata["codec"].write(value)
        return link

    @property
    def has_private_model(self) -> bool:
        """Whether the current model is the visitor's alone: a link, which may go to anybody, leaves it out."""
        return not ownership.is_published(Path(self.model))

    def from_link(self, link: Mapping[str, str]) -> list[str]:
        """Takes the settings over that an address carries; every other one gets its default.

        Args:
            link: Texts by name, from anybody.

        Returns:
            The names of the settings that could not be read or are not known.
        """
        rest, unread = dict(link), []

        def read(name: str, codec: Any) -> Any:
            if name in rest:
                try:
                    return codec.read(rest.pop(name))
                except ValueError:
                    unread.append(name)
            return None

        test, strokes = read("test", _test_digit), read("drawing", Strokes())
        picture = read("picture", Picture())
        # A link has one digit: what else it names is left out.
        given = {"test": test, "picture": picture, "drawing": strokes}
        unread += [name for name, digit in given.items() if digit is not None][1:]
        if test is not None:
            self.pick_test_digit(test)
        elif picture is not None:
            self.source = "upload"
            self.take_picture(picture, "")
        else:
            self.source = "drawing"
            if strokes is not None or self.drawing.strokes:
                self.drawing.replace(strokes or ())
        for part in self._parts:
            for one in linked_fields(part):
                value = read(one.metadata["name"], one.metadata["codec"])
                setattr(part, one.name, _default(one) if value is None else value)
        self.explorer.code = None
        return unread + list(rest)

    def read_address(self, page: str) -> None:
        """Takes over what the address says where it isn't the app that wrote it: a link, a reload, the Back button.

        Args:
            page: The page that runs, as its address has it.
        """
        received = st.query_params.to_dict()
        # A page that is chosen from the menu begins with its bare address.
        is_new_page, self.page = page != self.page, page
        late = time.monotonic() - self.address_written < ADDRESS_LAG
        if is_new_page and not received:
            # The bench's script completes it: written from here, it is a second step for the Back button.
            self.address_before, self.address_written = {}, time.monotonic()
            self.address = self.to_link() if self.live else {}
            self.arrived_bare = bool(self.address)
            return
        # Until the bench's script has run, which takes seconds on a slow machine, reruns come with the bare address.
        self.arrived_bare &= not received
        if self.arrived_bare or received == self.address or (late and received == self.address_before):
            return
        unread = self.from_link(received)
        self.address = received
        settings, them = ("One setting", "it") if len(unread) == 1 else (f"{len(unread)} settings", "them")
        self.link_problem = (
            f"{settings} of this link could not be used, so the app leaves {them} out." if unread else ""
        )

    def write_address(self) -> None:
        """Has the address say what the state is. The Back button goes to what it said before."""
        link = self.to_link()
        if link != self.address:
            self.address_before, self.address, self.address_written = self.address, link, time.monotonic()
            self.arrived_bare &= bool(link)
            st.query_params.from_dict(link)


def _default(one: Any) -> Any:
    return one.default_factory() if one.default is MISSING else one.default


def new_seed() -> int:
    """A seed by chance: the one place where the app asks for true randomness."""
    return int(np.random.default_rng().integers(MAX_SEED + 1))


def enter(page: str) -> State:
    """Begins a run of a page, with the state as the address has it: `app.py` calls it before all else."""
    state: State = st.session_state.setdefault("state", State())
    state.read_address(page)
    state.served.clear()
    return state


def current() -> State:
    """The visitor's state, made when `app.py` first runs."""
    if "state" not in st.session_state:
        # A fresh server that is asked for a page's address first serves the file from `pages/` without `app.py`, until
        # `st.navigation` has run once. So it runs here, and the page is asked for again.
        st.navigation(
            [st.Page(f"pages/{path.name}") for path in sorted(PAGES.glob("*.py"))], position="hidden"
        )
        st.rerun()
    return st.session_state["state"]


def bind(
    name: str, place: str = "", part: Any = None, everywhere: bool = False, shown: Any = None
) -> dict[str, Any]:
    """Ties a widget to a field of the state: pass what it returns on to the widget, as in
    `st.slider("Temperature", 0.0, 2.0, **bind("temperature", part=state.generate))`.

    Args:
        name: A field of `State`.
        place: Tells two widgets for one field apart, where a page has two.
        part: The part of the state whose field it is, such as `state.explorer`, where it isn't its own.
        everywhere: Whether the widget is part of the frame, and so the same on every page.
        shown: What the widget shows where it isn't the field's value.
    """
    part = current() if part is None else part
    # With the page in it: when a widget's last move comes in together with the click on another page, Streamlit still
    # holds its value, and would take it for that of the other page's widget, which then begins at its lowest.
    page = "" if everywhere else current().page or "denoise"
    key = ".".join(filter(None, [page, type(part).__name__.lower(), name, place]))
    # The field may have been changed by something else since the widget was last drawn.
    shown = getattr(part, name) if shown is None else shown
    state, given = current(), current().given
    # On another page it is another widget, though it has the same key.
    is_new, state.bound[key] = state.bound.get(key) != state.page, state.page
    if st.session_state.get(key) != shown or is_new or key in given:
        st.session_state[key] = shown
        given.setdefault(key, time.monotonic())

    def keep() -> None:
        given.pop(key, None)
        # A segmented control can be emptied by a second click: then the old choice stays.
        if st.session_state[key] is not None:
            setattr(part, name, st.session_state[key])
        current().write_address()

    return {"key": key, "on_change": keep}


def bind_folded(name: str, part: Any = None) -> tuple[Any, dict[str, Any]]:
    """Ties a widget in a popover to a field of the state.

    A browser mounts such a widget when the popover is first opened, with the value that it was made with: what the
    session state has put into it since is lost. So it is made anew whenever something else has changed the field.

    Args:
        name: A field of `State`.
        part: The part of the state whose field it is, where it isn't its own.

    Returns:
        The value to make the widget with, and what to pass on to it.
    """
    state = current()
    part = state if part is None else part
    value = getattr(part, name)
    count, given = state.folded.get(name, (0, value))
    if st.session_state.get(f"state.{name}.{count}", given) != value:
        count, given = count + 1, value
    state.folded[name] = count, given
    key = f"state.{name}.{count}"

    def keep() -> None:
        if st.session_state[key] is not None:
            setattr(part, name, st.session_state[key])
        state.write_address()

    return given, {"key": key, "on_change": keep}
