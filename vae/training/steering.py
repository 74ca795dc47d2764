"""What is asked of a training while it runs: to wait, to take one step, to go on, to stop, or to change a setting."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from vae.config import Config
from vae.errors import ConfigError

# Settings that may change between two steps: none of them changes the network or what the optimizer remembers.
CHANGEABLE = ("objective.kl_weight", "training.learning_rate", "noise.sigma_min", "noise.sigma_max")


class Change(NamedTuple):
    """Settings that were changed while a network was trained.

    Attributes:
        step: After how many steps of the training.
        settings: The new values, by name.
    """

    step: int
    settings: dict[str, float]


class Steering:
    """Hands what another thread asks to a training, between its steps. Unless something is asked, it does nothing."""

    def __init__(self, on_event: Callable[..., None] = lambda event, **told: None):
        """Hears nothing yet.

        Args:
            on_event: Called with "paused", "resumed", or "changed" and the settings, when a training does so.
        """
        self._on_event = on_event
        self._asked: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._pending: dict[str, float] = {}
        self.is_paused = self.is_stopped = False
        self.changes: list[Change] = []

    def ask(self, request: Mapping[str, Any]) -> None:
        """Asks for something; any thread may.

        Args:
            request: {"do": "pause", "step", "resume" or "stop"}, or {"set": {setting: value}}.
        """
        self._asked.put(request)

    def take(self, steps: int) -> int:
        """How many of the next steps to take before asking again, one or all; 0 to stop. It waits while paused."""
        while not self.is_stopped:
            if not self.is_paused and self._asked.empty():
                return steps
            request = self._asked.get()
            settings = request.get("set")
            self._pending.update(settings if isinstance(settings, dict) else {})
            match request.get("do"):
                case "pause" if not self.is_paused:
                    self.is_paused = True
                    self._on_event("paused")
                case "resume" if self.is_paused:
                    self.is_paused = False
                    self._on_event("resumed")
                case "stop":
                    self.is_stopped = True
                case "step" if self.is_paused:
                    return 1
        return 0

    def changed(self, config: Config, step: int) -> Config | None:
        """The configuration with what was asked to be changed since the last call; None where nothing was.

        What isn't a setting that may change, or makes no sense, is left out: a training goes on, whatever is asked of
        it.

        Args:
            config: The configuration until now.
            step: How many steps were taken.
        """
        settings = {name: value for name, value in self._pending.items() if name in CHANGEABLE}
        self._pending = {}
        if not settings:
            return None
        try:
            new = config.with_changes(settings)
        except ConfigError:
            return None
        self.changes.append(Change(step, settings))
        self._on_event("changed", settings=settings)
        return new
