"""Several workers that train one network together, by TensorFlow's own `tf.distribute`.

Every worker has the whole network, draws the same random numbers and takes its share of each batch. What is a mean over
the batch is averaged over the workers, gradients above all: so every worker takes the step that one worker would take
alone, and the networks stay equal.
"""

from __future__ import annotations

import hashlib
import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import tensorflow as tf

from vae.config import Config
from vae.errors import ClusterError
from vae.training.cluster import Cluster

# What TensorFlow raises in the workers that are left.
LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
)


class Team:
    """The workers that train together, as one of them sees them; one worker alone is a team as well.

    A team of several must be made before TensorFlow does anything else. It waits until all are there; Ctrl-C then ends
    the process at once, as TensorFlow doesn't let Python's handler run.

    Args:
        cluster: Who they are; None for one worker alone.

    Raises:
        ClusterError: The workers don't find each other, or one has several GPUs.
    """

    def __init__(self, cluster: Cluster | None = None):
        self.count = len(cluster.addresses) if cluster else 1
        self._index = cluster.index if cluster else 0
        if not cluster:
            self._strategy = tf.distribute.get_strategy()
            return
        with self._lost_workers_are_told(), _ctrl_c_ends_the_process():
            self._strategy = tf.distribute.MultiWorkerMirroredStrategy()
        if self._strategy.num_replicas_in_sync != self.count:
            raise ClusterError(
                "Expected one GPU at most for each worker. Received more: start a worker for each and let it see its "
                "own alone, with CUDA_VISIBLE_DEVICES."
            )

    @property
    def is_chief(self) -> bool:
        """Whether this worker is the one that writes and tells how the training goes."""
        return self._index == 0

    def share(self, arrays: tuple[np.ndarray, ...]) -> list[np.ndarray]:
        """This worker's part of some batches, (steps, batch, ...) each.

        A last, smaller batch that can't be shared evenly is taken whole by every worker: the mean is the same.
        """
        batch = arrays[0].shape[1]
        if batch % self.count:
            return list(arrays)
        part = batch // self.count
        return [array[:, self._index * part : (self._index + 1) * part] for array in arrays]

    def run(self, step: Callable, *arguments):
        """Runs a step in which `mean` is a mean over the workers; inside a `tf.function`."""
        return self._strategy.run(step, arguments)

    @staticmethod
    def mean(tensors):
        """The mean over the workers of tensors that each has, inside `run`; gradients pass through it."""
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, tensors)

    def call(self, function: Callable, *arguments):
        """Calls a `tf.function` in which the workers wait for each other.

        Raises:
            ClusterError: Another worker was lost.
        """
        with self._lost_workers_are_told():
            return function(*arguments)

    def require_same(self, config: Config, seed: int, images: np.ndarray, epochs_done: int) -> None:
        """Makes sure that all workers are to train the same.

        Raises:
            ClusterError: They are not.
        """
        if self.count == 1:
            return
        digest = hashlib.sha256(json.dumps([config.to_dict(), seed, epochs_done]).encode())
        digest.update(images)
        own = int.from_bytes(digest.digest()[:7], "big")
        everyones = self._gather(own)
        if len(set(everyones)) > 1:
            raise ClusterError(
                f"Expected the same settings, seed and data of all {self.count} workers, and the same epoch to go on "
                f"from. Received different ones."
            )

    def wait(self) -> None:
        """Waits until all workers are here.

        Raises:
            ClusterError: Another worker was lost.
        """
        if self.count > 1:
            self._gather(0)

    def _gather(self, number: int) -> list[int]:
        def gather():
            # Made in here, where it belongs to this worker's device.
            here = tf.constant([number], tf.int64)
            return tf.distribute.get_replica_context().all_gather(here, axis=0)

        everyones = tf.function(lambda: self.run(gather), autograph=False)
        return self.call(everyones).numpy().tolist()

    @contextmanager
    def _lost_workers_are_told(self) -> Iterator[None]:
        try:
            yield
        except LOST as error:
            raise ClusterError(
                f"Expected all {self.count} workers to stay to the end. One of them was lost."
            ) from error


@contextmanager
def _ctrl_c_ends_the_process() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # Signals are the main thread's.
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
