"""A progress bar on stderr, if that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

        def on_chunk(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        def on_epoch(epoch: Epoch) -> None:
            bar.write(
                f"epoch {epoch.epoch:>3}  loss {epoch.loss:.5g}  validation {epoch.validation_loss:.5g}  "
                f"KL {epoch.kl_divergence:.1f} nats  MSE {epoch.mse:.5f}  {epoch.seconds:.1f} s",
                file=sys.stdout,
            )
            sys.stdout.flush()  # So that a log doesn't stay empty for a hundred epochs.

        yield {"on_chunk": on_chunk, "on_epoch": on_epoch}
