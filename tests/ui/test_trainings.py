"""Trainings that visitors start: whose they are, who waits, and what is left when one breaks."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ui.train import ownership, trainings
from ui.train.trainings import QUEUE, TrainingError, Trainings, kept_models
from vae import journal
from vae.checkpoints import load, runs
from vae.presets import PRESETS

ROOT = Path(__file__).parents[2]
FAKE = ROOT / "tests" / "fake_trainer.py"
CONFIG = PRESETS["notebook"]
ANNE, BEN = ownership.new_token(), ownership.new_token()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_RUNS", str(tmp_path))
    return tmp_path


def server(manner: str = "works") -> Trainings:
    manners = iter(manner.split())
    last = manner.split()[-1]
    return Trainings(lambda training: [sys.executable, str(FAKE), str(training.folder), next(manners, last)])


def wait_for(condition, seconds: float = 20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "It took too long."
        time.sleep(0.02)


def ended(training):
    wait_for(lambda: training.outcome)
    return training


def running(training):
    wait_for((training.folder / "pid").exists)
    return training


def test_what_was_trained_is_its_owners_alone_until_it_is_published():
    training = ended(server().start(ANNE, "mine", CONFIG, 0))
    assert (training.outcome, training.reason) == ("finished", "")
    assert load(training.model).name == "mine"
    assert ownership.may_see(training.model, ANNE) and not ownership.may_see(training.model, BEN)
    assert ANNE not in "".join(path.read_text(errors="replace") for path in training.model.iterdir())
    ownership.publish(training.model)
    assert ownership.may_see(training.model, BEN)


def test_a_finished_model_brings_its_journal_along():
    training = ended(server().start(ANNE, "mine", CONFIG, 0))
    assert [event["event"] for event in journal.read_file(training.model / journal.FILE)] == [
        "begun",
        "ended",
    ]


def test_a_name_that_is_taken_gets_a_number():
    trainings = server()
    names = [ended(trainings.start(ANNE, "mine", CONFIG, 0)).model.name for _ in range(2)]
    assert names == ["mine", "mine-2"]


def test_one_trains_and_the_others_wait_in_the_order_in_which_they_came():
    trainings = server("waits works")
    first = running(trainings.start(ANNE, "first", CONFIG, 0))
    second = trainings.start(BEN, "second", CONFIG, 0)
    assert trainings.before(second) == 1 and first.is_running and not second.is_running
    assert runs() == []
    trainings.cancel(first)
    assert ended(first).outcome == "stopped" and first.model is not None
    assert ended(second).outcome == "finished"


def test_a_visitor_has_one_training_at_a_time_and_the_queue_has_an_end():
    trainings = server("waits")
    first = running(trainings.start(ANNE, "first", CONFIG, 0))
    with pytest.raises(TrainingError, match="have a training already"):
        trainings.start(ANNE, "second", CONFIG, 0)
    waiting = [trainings.start(ownership.new_token(), "other", CONFIG, 0) for _ in range(QUEUE)]
    with pytest.raises(TrainingError, match="waiting already"):
        trainings.start(BEN, "late", CONFIG, 0)
    for training in [*waiting, first]:
        trainings.cancel(training)
    assert all(training.outcome == "stopped" and training.model is None for training in waiting)
    ended(first)


def test_of_starts_in_the_same_moment_one_is_taken_and_nobody_has_to_look_on(folder):
    trainings, gate, refused = server(), threading.Barrier(6), []

    def start() -> None:
        gate.wait()
        try:
            trainings.start(ANNE, "mine", CONFIG, 0)
        except TrainingError as error:
            refused.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 5
    # As when the browser was closed: no page asks for anything.
    wait_for(lambda: runs() != [])
    assert [path.name for path in runs()] == ["mine"]


def test_what_is_asked_reaches_the_training():
    trainings = server("waits")
    training = running(trainings.start(ANNE, "mine", CONFIG, 0))
    training.ask({"set": {"objective.kl_weight": 2.0}})
    trainings.cancel(training)
    asked = [event.get("request") for event in journal.read(ended(training).journal.read_text().splitlines())]
    assert {"set": {"objective.kl_weight": 2.0}} in asked


@pytest.mark.parametrize("manner,reason", [("crashes", "it broke"), ("fails", "Expected a number")])
def test_a_training_that_breaks_says_why_and_the_next_one_begins(manner, reason):
    trainings = server(f"{manner} works")
    broken = ended(trainings.start(ANNE, "broken", CONFIG, 0))
    assert broken.outcome == "failed" and reason in broken.reason and broken.model is None
    assert ended(trainings.start(ANNE, "whole", CONFIG, 0)).outcome == "finished"
    assert [path.name for path in runs()] == ["whole"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_a_killed_training_is_reported_as_such():
    training = running(server("hangs").start(ANNE, "mine", CONFIG, 0))
    os.kill(int((training.folder / "pid").read_text()), signal.SIGKILL)
    assert ended(training).outcome == "failed"
    assert "ended from outside (signal 9)" in training.reason


def test_a_command_that_cannot_be_started_is_reported(folder):
    training = ended(Trainings(lambda training: [str(folder / "missing")]).start(ANNE, "mine", CONFIG, 0))
    assert training.outcome == "failed" and "could not be started" in training.reason


def test_a_full_disk_is_told_in_words(monkeypatch):
    def full(self, *arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(TrainingError, match="No space left"):
        server().start(ANNE, "mine", CONFIG, 0)


@pytest.mark.parametrize("name", ["", "../evil", "a/b", ".hidden"])
def test_a_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(TrainingError, match="without slashes"):
        server().start(ANNE, name, CONFIG, 0)


def test_there_is_room_for_so_many_models_only(monkeypatch):
    trainings_of_server = server()
    ended(trainings_of_server.start(ANNE, "mine", CONFIG, 0))
    assert kept_models()[0] == 1 and kept_models()[1] > 2**20
    monkeypatch.setattr(trainings, "MOST_MODELS", 1)
    with pytest.raises(TrainingError, match="no room"):
        trainings_of_server.start(BEN, "other", CONFIG, 0)


def test_a_clock_that_is_set_back_changes_nothing(monkeypatch):
    times = iter(range(10**6, 0, -1000))
    monkeypatch.setattr(time, "time", lambda: next(times))
    assert ended(server().start(ANNE, "mine", CONFIG, 0)).outcome == "finished"


SERVER = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from ui.train.trainings import Trainings
from vae.presets import PRESETS
trainings = Trainings(lambda training: [sys.executable, {fake!r}, str(training.folder), "waits"])
training = trainings.start({owner!r}, "left", PRESETS["notebook"], 0)
while not (training.folder / "pid").exists():
    time.sleep(0.02)
print((training.folder / "pid").read_text(), flush=True)
os._exit(1)
"""


def test_a_server_that_ends_ends_its_training_and_the_next_one_keeps_the_model(folder):
    script = SERVER.format(root=str(ROOT), fake=str(FAKE), owner=ANNE)
    left = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    pid = int(left.stdout)

    def has_ended() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return (
            Path(f"/proc/{pid}/status").exists() and "Z (zombie)" in Path(f"/proc/{pid}/status").read_text()
        )

    wait_for(has_ended)
    server()
    wait_for(lambda: runs() != [])
    assert [path.name for path in runs()] == ["left"]
    assert ownership.owns(folder / "left", ANNE)
    assert json.loads((folder / "left" / "card.json").read_text())
