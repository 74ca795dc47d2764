"""The twenty-minute lesson: eight steps, each a prepared state of a page with a question."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True)
class LessonStep:
    """One step of the lesson.

    Attributes:
        title: What it is about.
        minutes: How long it takes.
        page: The page's file in pages/, without its ending.
        settings: The page's prepared state, as an address carries it.
        show: What the teacher does and says, in Markdown.
        question: What the class is asked before it is shown. The page asks it, with what this model says as the answer.
    """

    title: str
    minutes: int
    page: str
    settings: dict[str, str]
    show: str
    question: str


PLAN = (
    LessonStep(
        "A digit in the fog",
        2,
        "denoise",
        {"test": "0", "level": "0.6", "show": "machine", "guess": "yes"},
        "Show the noisy digit alone and let the class say what it sees. Reveal the denoised one. Then move the slider, "
        "or let somebody draw.",
        "Will the denoised picture read as the same digit?",
    ),
    LessonStep(
        "Until it fails",
        3,
        "noise_levels",
        {"test": "43", "show": "strip", "guess": "yes"},
        "The strip shows one digit from clean to drowned. Past some level the model paints another digit, and paints "
        "it sharply: it fills in what it has learned to expect, not what is there.",
        "By which level has the denoised picture read as another digit?",
    ),
    LessonStep(
        "Through the bottleneck",
        3,
        "how_it_works",
        {"test": "0", "step": "encoder", "guess": "yes"},
        "All that the decoder gets is one code. Point at the means and the spreads: a picture is not one code but a "
        "small cloud of them. The tab Sampling draws from it.",
        "A picture has 6,272 bits. How many of them does its code tell?",
    ),
    LessonStep(
        "Knobs that nobody designed",
        3,
        "latent_space",
        {"test": "0", "show": "sliders", "guess": "yes"},
        "Move PC 1 to PC 5 one after another and ask what each does. Nobody told the model about slant: it is what "
        "digits differ in.",
        "Which of the first five components slants the digit most?",
    ),
    LessonStep(
        "The neighbours",
        2,
        "digit_map",
        {"test": "0", "guess": "yes"},
        "Every dot is a test digit that the model never trained on, and no label was used: the colours came later. "
        "Zoom in where two colours mix.",
        "Which two digits have codes that are closest on average?",
    ),
    LessonStep(
        "What the KL term buys",
        3,
        "kl_dial",
        {"test": "0", "kl": "0", "guess": "yes"},
        "KL is what a code costs. Drag its weight from the left to the right: what comes back gets worse, digits from "
        "nowhere get better, until the weight is too much.",
        "At which weight do most of the digits from nowhere read as a digit?",
    ),
    LessonStep(
        "Digits that nobody wrote",
        2,
        "generate",
        {"test": "0", "guess": "yes"},
        "Press New draws a few times. Then draw from the mixture that was fitted to the codes: the same decoder, but "
        "codes that lie where digits are.",
        "Of 24 codes drawn at random, how many become a digit?",
    ),
    LessonStep(
        "Not a digit?",
        2,
        "anomaly",
        {"test": "0", "show": "kinds", "guess": "yes"},
        "What the model can't code and paint well is something it has not learned. Let the class draw something that "
        "is no digit, and one that is but fools it.",
        "Which of these does the model find the most unlike a digit?",
    ),
)
LANDING = "denoise"


def address_of(place: int) -> str:
    """The address of a step of the lesson, beneath the app's own.

    Args:
        place: From 1 to 8.
    """
    step = PLAN[place - 1]
    page = "" if step.page == LANDING else step.page
    return f"{page}?{urlencode(step.settings | {'lesson': str(place)})}"
