"""How a training is told of: a progress bar on stderr, if that is a terminal, or a journal on stdout."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

from vae.config import Config
from vae.data import Digits
from vae.journal import Journal

if TYPE_CHECKING:
    from vae.training.loop import Steps
    from vae.training.state import Epoch


def progress_bar(total: int, unit: str):
    """A bar of `total` units, as a context manager; tqdm's, with `update`, `set_description` and `write`."""
    # Only slow commands need it: the app runs without it.
    from tqdm import tqdm

    return tqdm(total=total, unit=unit, leave=False, dynamic_ncols=True, disable=not sys.stderr.isatty())


@contextmanager
def training_progress() -> Iterator[dict[str, Callable[..., None]]]:
    """A bar of a training's steps and a line for each epoch: `on_chunk` and `on_epoch` of `training.loop.train`."""
    with progress_bar(0, "step") as bar:

        def on_chunk(steps: Steps) -> None:
            bar.total = steps.total
            bar.update(steps.done - bar.n)

        def on_epoch(epoch: Epoch) -> None:
            bar.write(
                f"epoch {epoch.epoch:>3}  loss {epoch.loss:.5g}  validation {epoch.validation_loss:.5g}  "
                f"KL {epoch.kl_divergence:.1f} nats  MSE {epoch.mse:.5f}  {epoch.seconds:.1f} s",
                file=sys.stdout,
            )
            sys.stdout.flush()  # So that a log doesn't stay empty for a hundred epochs.

        yield {"on_chunk": on_chunk, "on_epoch": on_epoch}


@contextmanager
def journal(
    stream: TextIO, config: Config, test: Digits, seed: int
) -> Iterator[dict[str, Callable[..., None]]]:
    """Writes a training's journal to a stream and hears on stdin what is asked of it, a line of JSON each.

    The end of stdin is a stop, so that a training ends with whoever started it.

    Yields:
        `on_chunk`, `on_epoch`, `on_begin` and `steering` of `training.loop.train`.
    """
    from vae.training.steering import Steering

    book, steering = (
        Journal(stream, config, test, seed),
        Steering(lambda event, **told: book.say(event, **told)),
    )

    def listen() -> None:
        for line in sys.stdin:
            try:
                request = json.loads(line)
            except ValueError:
                continue
            if isinstance(request, dict):
                steering.ask(request)
        steering.ask({"do": "stop"})

    threading.Thread(target=listen, daemon=True).start()

    def on_epoch(epoch: Epoch) -> None:
        book.epoch(asdict(epoch))

    try:
        yield {
            "on_begin": book.begin,
            "on_chunk": lambda steps: book.steps(steps.done, steps.losses, steps.weights),
            "on_epoch": on_epoch,
            "steering": steering,
        }
        book.say("ended", outcome="stopped" if steering.is_stopped else "finished")
    except KeyboardInterrupt:
        book.say("ended", outcome="stopped")
        raise
    except Exception as error:
        book.say("ended", outcome="failed", reason=str(error))
        raise
