"""A training as one watches it: how far it is, what the network does, and the curves; live or played again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from ui.show import charts, pictures
from ui.show.bars import ACCENT
from ui.show.colours import class_colours
from ui.show.pictures import Picture
from vae import journal

CURVES = {
    "loss": "Loss",
    "kl_divergence": "KL divergence, nats",
    "mse": "Mean squared error, from sampled codes",
    "psnr": "PSNR of denoised test digits, dB",
}
SETTINGS = {
    "objective.kl_weight": "KL weight",
    "training.learning_rate": "learning rate",
    "noise.sigma_min": "lowest noise",
    "noise.sigma_max": "highest noise",
}
# Seconds that a moment is shown while it plays.
PACE = 0.7
# Points of a curve: more than there are pixels help nobody.
MOST_POINTS = 400


@dataclass
class Story:
    """A journal, sorted by what is shown of it.

    Attributes:
        begun: What it began with; empty before.
        steps: Reports of steps.
        snapshots: What the network did, the first before any step.
        epochs: What each epoch reached.
        changes: Settings that were changed, with the step.
        ended: How it ended; empty before.
        is_paused: Whether it waits.
    """

    begun: dict[str, Any] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    snapshots: list[dict[str, Any]] = field(default_factory=list)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    ended: dict[str, Any] = field(default_factory=dict)
    is_paused: bool = False

    @classmethod
    def of(cls, events: Sequence[dict[str, Any]]) -> Story:
        """Sorts a journal's events."""
        story = cls()
        lists = {
            "steps": story.steps,
            "snapshot": story.snapshots,
            "epoch": story.epochs,
            "changed": story.changes,
        }
        for event in events:
            match event["event"]:
                case "begun":
                    story.begun = event
                case "ended":
                    story.ended = event
                case "paused" | "resumed" as word:
                    story.is_paused = word == "paused"
                case known if known in lists:
                    lists[known].append(event)
        return story

    @property
    def done(self) -> int:
        """How many steps were taken, as far as was told."""
        return max((event["done"] for event in (*self.steps[-1:], *self.snapshots[-1:])), default=0)

    @property
    def seconds_left(self) -> float | None:
        """How long it may take still, at its mean speed; None where that can't be told yet."""
        last = self.steps[-1] if self.steps else None
        if not last or not last["done"]:
            return None
        return (self.begun["steps"] - last["done"]) * last["seconds"] / last["done"]


def show_snapshot(story: Story, place: int) -> None:
    """The same digits denoised, the same codes drawn, and the cloud of codes, at one moment."""
    begun, snapshot = story.begun, story.snapshots[place]
    labels = begun["labels"]
    rows = {
        f"Noisy test digits, level {begun['sigma']:g}": journal.decode_images(begun["noisy"]),
        "Denoised": journal.decode_images(snapshot["denoised"]),
    }
    shown = {
        name: [Picture(image, alt=f"{name}, a {label}") for image, label in zip(images, labels, strict=True)]
        for name, images in rows.items()
    }
    drawn = journal.decode_images(snapshot["drawn"])
    shown["Drawn from the prior"] = [Picture(image, alt=f"Draw {n}") for n, image in enumerate(drawn, 1)]
    pictures.show_rows(shown)


def show_cloud(story: Story, place: int, key: str) -> None:
    """Where the codes of test digits are, in the plane in which they differ most, coloured by digit."""
    snapshot = story.snapshots[place]
    points, labels = np.array(snapshot["cloud"]), snapshot["cloud_labels"]
    reach = float(np.abs(points).max()) * 1.05 + 1e-6
    colours = class_colours(10)
    spec = {
        "title": "Codes of test digits",
        "data": {"values": charts.rows({"x": points[:, 0], "y": points[:, 1], "digit": map(str, labels)})},
        "mark": {"type": "text", "fontSize": 12, "fontWeight": "bold"},
        "encoding": {
            "x": charts.quantity("x", domain=[-reach, reach], axis={"title": None, "tickCount": 5}),
            "y": charts.quantity("y", domain=[-reach, reach], axis={"title": None, "tickCount": 5}),
            "text": {"field": "digit"},
            "color": {
                "field": "digit",
                "type": "nominal",
                "legend": None,
                "scale": {"domain": [str(n) for n in range(10)], "range": list(colours)},
            },
        },
    }
    charts.show(spec, height=280, key=key, alt="The codes of test digits in two dimensions, by digit")


_AXIS = {"title": None, "tickCount": 4}


def show_curves(story: Story, place: int, key: str) -> None:
    """The parts of the loss and the quality of denoised test digits, by step, with what was changed on the way."""
    here = story.snapshots[place]["done"]
    columns = st.columns(2)
    for n, (name, title) in enumerate(CURVES.items()):
        source = story.snapshots if name == "psnr" else story.steps
        told = [event for event in source if event.get(name) is not None]
        told = told[:: max(1, len(told) // MOST_POINTS)]
        line = {
            "data": {
                "values": charts.rows(
                    {"step": [e["done"] for e in told], "value": [float(e[name]) for e in told]}
                )
            },
            "mark": {"type": "line", "color": ACCENT, "strokeWidth": 2},
            "encoding": {
                "x": charts.quantity("step", domain=[0, max(story.done, 1)], axis=_AXIS | {"format": ",d"}),
                "y": charts.quantity("value", axis=_AXIS | {"minExtent": 40, "format": ",.3~r"}),
            },
        }
        marks = [
            _rule([here], charts.NEUTRAL),
            _rule([event["done"] for event in story.changes], "#e07b00", [4, 3]),
        ]
        with columns[n % 2]:
            charts.show(
                {"title": title, "layer": [line, *marks]},
                height=150,
                key=f"{key}.{name}",
                alt=f"{title}, by step",
            )
    if story.changes:
        told = "; ".join(
            f"step {event['done']:,}: "
            + ", ".join(f"{SETTINGS.get(name, name)} {value:g}" for name, value in event["settings"].items())
            for event in story.changes
        )
        st.caption(f"Dashed lines mark what was changed. {told[0].upper()}{told[1:]}.")


def _rule(steps: Sequence[int], colour: str, dash: Sequence[int] = (1, 0)) -> charts.Spec:
    return {
        "data": {"values": [{"step": step} for step in steps]},
        "mark": {"type": "rule", "color": colour, "strokeWidth": 2, "strokeDash": list(dash)},
        "encoding": {"x": charts.quantity("step")},
    }


def when(story: Story, place: int) -> str:
    """Which moment a snapshot shows, in words."""
    done, epoch = story.snapshots[place]["done"], story.begun["epoch"]
    if not done:
        return "untrained"
    return f"epoch {done / epoch:.2g}" if done < 10 * epoch else f"epoch {done / epoch:.0f}"


def show_story(story: Story, key: str, *, is_playing: bool = False) -> None:
    """All of it, with a slider for the moment: the latest one, until another one is chosen.

    Args:
        story: The training.
        key: Names its widgets.
        is_playing: Whether the moment moves by itself.
    """
    last = len(story.snapshots) - 1
    place = chosen_place(key, last)
    if last > 0:
        # A new widget for each number of moments: one whose range grows would report its old place as a choice.
        widget = f"{key}.moment.{last}" + (f".{place}" if is_playing else "")

        def choose() -> None:
            choose_place(key, st.session_state[widget])

        place = st.select_slider(
            "Moment",
            range(last + 1),
            place,
            format_func=lambda n: when(story, n),
            key=widget,
            on_change=choose,
        )
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_snapshot(story, place)
    with right:
        show_cloud(story, place, f"{key}.cloud")
    if story.steps:
        show_curves(story, place, key)


def play_story(story: Story, key: str) -> None:
    """All of it, with a button that shows one moment after the other.

    Args:
        story: A training that has ended.
        key: Names its widgets.
    """
    playing, last = f"{key}.playing", len(story.snapshots) - 1
    is_playing = st.session_state.get(playing, False)

    @st.fragment(run_every=PACE if is_playing else None)
    def moment() -> None:
        if is_playing:
            place = chosen_place(key, last)
            if place == last:
                st.session_state[playing] = False
                st.rerun()
            choose_place(key, place + 1)
        show_story(story, key, is_playing=is_playing)

    def press() -> None:
        st.session_state[playing] = not is_playing
        if not is_playing and chosen_place(key, last) == last:
            choose_place(key, 0)

    words, icon = ("Stop", "stop") if is_playing else ("Play", "play_arrow")
    st.button(words, icon=f":material/{icon}:", on_click=press, key=f"{key}.play")
    moment()


def chosen_place(key: str, last: int) -> int:
    """Which moment is shown, from 0 to `last`."""
    place = st.session_state.get(f"{key}.place")
    return last if place is None else min(place, last)


def choose_place(key: str, place: int | None) -> None:
    """Shows a moment from now on; the latest where it is None."""
    st.session_state[f"{key}.place"] = place
