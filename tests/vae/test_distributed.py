"""Two workers on this machine: they reach what one worker reaches, and a lost one is told."""

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed: pip install -r requirements.txt")

from tests.vae.test_training import RESUMED, TINY
from vae.checkpoints import load
from vae.config import Objective
from vae.data import load_dataset, load_mnist
from vae.training import loop

ROOT = Path(__file__).parents[2]
SECONDS = 300  # Far more than it takes: a hang must not last.


def start_two(make_command) -> list[subprocess.Popen]:
    """Starts two workers, the chief first, with the command that `make_command` makes of a worker's index."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        addresses = [f"127.0.0.1:{listener.getsockname()[1]}" for listener in listeners]
    workers = []
    for index in range(2):
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        # Two processes can't share a GPU.
        environment = {**os.environ, "TF_CONFIG": json.dumps(task), "CUDA_VISIBLE_DEVICES": "-1"}
        workers.append(
            subprocess.Popen(
                [sys.executable, *make_command(index)],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    return workers


def ends_of(workers) -> list[tuple[int, str, str]]:
    """The status, output and errors of each worker."""
    try:
        outputs = [worker.communicate(timeout=SECONDS) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    return [(worker.returncode, *output) for worker, output in zip(workers, outputs, strict=True)]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """331 digits: five batches of 64, and 11 that two workers can't share evenly."""
    path = tmp_path_factory.mktemp("data") / "few.npz"
    digits = load_mnist("test")
    images, labels = digits.images[:400], digits.labels[:400]
    np.savez(path, x_train=images[:331], y_train=labels[:331], x_test=images[331:], y_test=labels[331:])
    return path


# An objective that knows the whole batch, noise and augmentation that are drawn anew.
SHARED = replace(TINY, objective=Objective("batch_variance", 1.0)).with_changes(
    {"training.batch_size": 64, "training.augmentation": 0.5}
)


def test_two_workers_reach_the_losses_of_one_and_the_chief_alone_writes(data, tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps(SHARED.to_dict()))
    options = ["--config", str(config), "--data", str(data), "--seed", "3", "--no-precompute"]
    workers = start_two(
        lambda index: ["-m", "vae", "train", *options, "--output", str(tmp_path / str(index))]
    )
    loop.train(SHARED, tmp_path / "one", 3, data=load_dataset(str(data)))
    (status, told, errors), (other_status, other_told, other_errors) = ends_of(workers)
    assert status == 0, errors
    assert other_status == 0, other_errors
    assert "on 2 workers" in told and "epoch   2" in told
    assert "epoch" not in other_told and "Finished." in other_told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "config.json", "one"]
    one, two = (load(tmp_path / name) for name in ("one", "0"))
    for alone, shared in zip(*(each.card["training"]["history"] for each in (one, two)), strict=True):
        for name in ("loss", "reconstruction_loss", "kl_divergence", "mse", "validation_loss"):
            assert shared[name] == pytest.approx(alone[name], rel=1e-5, abs=1e-6), name
    for name, array in one.vae.weights.items():
        np.testing.assert_allclose(two.vae.weights[name], array, atol=1e-4, err_msg=name)


# Everything that a training can have, batch normalisation over the whole batch included.
EVERYTHING = RESUMED.with_changes(
    {"training.batch_size": 64, "training.epochs": 2, "training.polish_epochs": 1}
)

WORKER = """
import os, sys
from tests.vae.test_distributed import EVERYTHING, SHARED
from vae.data import load_dataset
from vae.errors import ClusterError
from vae.training import loop
from vae.training.cluster import read_cluster
from vae.training.distributed import Team
cluster = read_cluster()
team = Team(cluster)
data = load_dataset(sys.argv[1])
def fit(config, seed, **options):
    _, history = loop.fit(config, data.train.images, seed, team=team, **options)
    print(*(epoch.kl_divergence for epoch in history), flush=True)
def leave(epoch):
    if cluster.index == 1:
        os._exit(7)
for config, seed, options in (
    (EVERYTHING, 3, {}), (SHARED, cluster.index, {}), (SHARED, 3, {"on_epoch": leave})
):
    try:
        fit(config, seed, **options)
    except ClusterError as error:
        print(error, flush=True)
"""


@pytest.fixture(scope="module")
def driven(data):
    """What two workers print that train everything, then with different seeds, then until one leaves; and one alone."""
    workers = start_two(lambda _: ["-c", WORKER, str(data)])
    digits = load_dataset(str(data))
    _, alone = loop.fit(EVERYTHING, digits.train.images, 3)
    return ends_of(workers), [epoch.kl_divergence for epoch in alone]


def test_batch_normalisation_and_polishing_are_shared_too(driven):
    (chief, other), alone = driven
    for status, printed, errors in (chief, other):
        assert printed, (status, errors)
        divergences = [float(number) for number in printed.splitlines()[0].split()]
        # Workers that normalise their own shares alone are 2e-3 apart in the first epoch. The third polishes, which
        # makes rounding errors a thousand times larger.
        assert divergences[:2] == pytest.approx(alone[:2], rel=1e-4)
        assert divergences[2] == pytest.approx(alone[2], rel=5e-3)


def test_workers_that_are_to_train_different_things_are_told(driven):
    for _, printed, _ in driven[0]:
        assert printed.splitlines()[1].startswith(
            "Expected the same settings, seed and data of all 2 workers"
        )


def test_a_worker_that_is_lost_is_told_to_those_that_are_left(driven):
    (status, printed, _), (other_status, _, _) = driven[0]
    assert (status, other_status) == (0, 7)
    assert printed.splitlines()[2:] == ["Expected all 2 workers to stay to the end. One of them was lost."]
