"""Trainings that visitors start: one at a time, each in a process of its own, the others waiting in a queue.

A training is the package's own command, `vae train --progress jsonl`, with its journal in a file and requests on its
standard input. It works in a hidden folder, so that nobody sees a model before it has an owner. Its standard input ends
with the server, however that ends, and then so does the training.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ui.train import ownership
from vae import journal
from vae.checkpoints import CARD, new_run, require_run_name, runs_folder
from vae.config import Config
from vae.errors import CheckpointError, VAEError

try:
    import fcntl
except ModuleNotFoundError:  # On Windows two servers may train at the same time.
    fcntl = None

WORKPLACE = ".trainings"
# How many trainings may wait, how many models visitors may keep on a server, and how many bytes they may take up.
QUEUE, MOST_MODELS, MOST_BYTES = 8, 40, 2**30
# Ended trainings that are remembered.
REMEMBERED = 20
# In a training's folder: what its model will be called.
NAME = "name"
ROOT = Path(__file__).parents[2]


class TrainingError(VAEError):
    """A training that can't be started, or something that can't be done with it; the message is for the visitor."""


@dataclass
class Training:
    """A training, from the moment that a visitor asked for it.

    Attributes:
        number: Tells trainings of this server apart.
        name: What its model will be called.
        owner: The token of whoever started it.
        config: What is trained, and how.
        seed: What decides every random draw.
        folder: Where it works.
        outcome: "" while it waits or runs; "finished", "stopped" or "failed".
        reason: Why it failed, a sentence.
        model: The folder of its model, once there is one.
        is_running: Whether its process is at work.
    """

    number: int
    name: str
    owner: str = field(repr=False)
    config: Config = field(repr=False)
    seed: int
    folder: Path
    outcome: str = ""
    reason: str = ""
    model: Path | None = None
    is_running: bool = False
    process: subprocess.Popen | None = field(default=None, repr=False)

    @property
    def journal(self) -> Path:
        """Where it writes what happens."""
        return self.folder / "journal.jsonl"

    def ask(self, request: Mapping[str, Any]) -> None:
        """Asks something of it while it runs; see `vae.training.steering`. Too late is no error."""
        if self.process and self.process.stdin:
            with contextlib.suppress(OSError, ValueError):
                self.process.stdin.write(json.dumps(request) + "\n")
                self.process.stdin.flush()


def trainer(training: Training) -> Sequence[str]:
    """The command that trains."""
    return [
        *(sys.executable, "-m", "vae", "train", "--config", str(training.folder / "config.json")),
        *("--seed", str(training.seed), "--output", str(training.folder / "model")),
        *("--progress", "jsonl", "--no-precompute"),
    ]


class Trainings:
    """All trainings of a server. Any thread may call it."""

    def __init__(self, command=trainer):
        """Starts the thread that works the queue off.

        Args:
            command: Makes the command line of a training.
        """
        self._command, self._lock = command, threading.Lock()
        self._all: list[Training] = []
        self._count = 0
        self._news = threading.Event()
        # What servers left before: whatever comes later is this one's.
        left = list((runs_folder() / WORKPLACE).glob("*-*-*"))
        threading.Thread(target=self._work, args=(left,), daemon=True).start()

    def start(self, owner: str, name: str, config: Config, seed: int) -> Training:
        """Puts a training at the end of the queue.

        Args:
            owner: The visitor's token.
            name: What the model should be called; a number is added where it is taken.
            config: What to train, and how.
            seed: What decides every random draw.

        Raises:
            TrainingError: The queue is full, the visitor is in it already, there is no more room for models, or the
                folder can't be written.
        """
        try:
            require_run_name(name)
        except CheckpointError as error:
            raise TrainingError("Choose a name without slashes that doesn't begin with a dot.") from error
        with self._lock:
            waiting = [one for one in self._all if not one.outcome]
            if any(one.owner == owner for one in waiting):
                raise TrainingError("You have a training already: stop it, or wait until it has ended.")
            if len(waiting) > QUEUE:
                raise TrainingError(f"{QUEUE} trainings are waiting already. Try again in a few minutes.")
            count, size = kept_models()
            if count >= MOST_MODELS or size >= MOST_BYTES:
                raise TrainingError(
                    f"There is no room for another model: {count} that were trained here take up "
                    f"{size / 2**20:.0f} MB. Delete one of yours, or ask whoever runs this server."
                )
            self._count += 1
            folder = (
                runs_folder().resolve() / WORKPLACE / f"{os.getpid()}-{self._count}-{time.time_ns() % 10**6}"
            )
            try:
                folder.mkdir(parents=True)
                (folder / "config.json").write_text(json.dumps(config.to_dict()))
                (folder / NAME).write_text(name)
                ownership.claim(folder, owner)
            except OSError as error:
                raise TrainingError(
                    f"Nothing can be written to the folder of models: {error.strerror}."
                ) from error
            training = Training(self._count, name, owner, config, seed, folder)
            self._all.append(training)
            ended = [one for one in self._all if one.outcome]
            for old in ended[:-REMEMBERED]:
                self._all.remove(old)
                shutil.rmtree(old.folder, ignore_errors=True)
        self._news.set()
        return training

    def of(self, owner: str) -> Training | None:
        """The visitor's latest training."""
        with self._lock:
            return next((one for one in reversed(self._all) if one.owner == owner), None)

    def before(self, training: Training) -> int:
        """How many trainings have to end before one begins."""
        with self._lock:
            return sum(not one.outcome for one in self._all[: self._all.index(training)])

    def is_busy(self) -> bool:
        """Whether a training runs, anybody's."""
        with self._lock:
            return any(one.is_running for one in self._all)

    def cancel(self, training: Training) -> None:
        """Stops a training and keeps what it has learned, or takes it out of the queue."""
        with self._lock:
            if not training.is_running and not training.outcome:
                training.outcome = "stopped"
        training.ask({"do": "stop"})

    def _work(self, left: Sequence[Path]) -> None:
        with contextlib.suppress(OSError), _alone():
            _clear_up(left)
        while True:
            with self._lock:
                following = next((one for one in self._all if not one.outcome), None)
                if following:
                    following.is_running = True
            if following is None:
                self._news.wait()
                self._news.clear()
                continue
            try:
                with _alone() as lock:
                    self._run(following, lock)
            except Exception as error:  # Whatever it was, the next visitor's training must begin.
                following.outcome, following.reason = "failed", f"It could not be started: {error}."
            finally:
                following.is_running = False

    def _run(self, training: Training, lock: int | None) -> None:
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONUNBUFFERED": "1"}
        with training.journal.open("wb") as told, (training.folder / "errors.log").open("wb") as errors:
            training.process = subprocess.Popen(
                self._command(training),
                stdin=subprocess.PIPE,
                stdout=told,
                stderr=errors,
                cwd=ROOT,
                env=environment,
                text=True,
                start_new_session=True,
                # It holds the lock as well: a server that dies leaves it to end.
                pass_fds=[] if lock is None else [lock],
            )
        with contextlib.suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, training.process.pid, 5)  # The pages come first.
        status = training.process.wait()
        with contextlib.suppress(OSError):
            training.process.stdin.close()
        events = journal.read(training.journal.read_text(errors="replace").splitlines())
        ended = next((event for event in reversed(events) if event["event"] == "ended"), {})
        outcome = ended.get("outcome", "failed")
        if outcome != "failed" and (training.folder / "model" / CARD).is_file():
            training.model = _adopt(training.folder)
        elif outcome == "failed":
            training.reason = ended.get("reason") or _why(training.folder, status)
        training.outcome = outcome if training.model or outcome != "finished" else "failed"


def _adopt(folder: Path) -> Path:
    """Moves the model in a training's folder to where its owner finds it."""
    made = folder / "model"
    shutil.copy(folder / ownership.FILE, made / ownership.FILE)
    with gzip.open(made / journal.FILE, "wb") as file:
        file.write((folder / "journal.jsonl").read_bytes())
    while True:
        target = new_run((folder / NAME).read_text())
        try:
            return made.rename(target)
        except OSError:
            if not target.exists():
                raise


def _clear_up(left: Sequence[Path]) -> None:
    """Keeps the models of trainings that a server left when it ended, and removes what else it left."""
    for folder in left:
        if (folder / "model" / CARD).is_file():
            with contextlib.suppress(OSError):
                _adopt(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _why(folder: Path, status: int) -> str:
    if status < 0:
        return f"Its process was ended from outside (signal {-status})."
    lines = (folder / "errors.log").read_text(errors="replace").strip().splitlines()
    return f"Its process ended with status {status}: {lines[-1] if lines else 'it said nothing'}"


@contextlib.contextmanager
def _alone() -> Iterator[int | None]:
    """Waits until no other server on this machine trains into the same folder; yields the lock's descriptor."""
    if fcntl is None:
        yield None
        return
    path = runs_folder() / WORKPLACE / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def kept_models() -> tuple[int, int]:
    """How many models visitors keep on this server, and how many bytes all that was trained here takes up."""
    folder = runs_folder()
    if not folder.is_dir():
        return 0, 0
    owned = sum((path / ownership.FILE).exists() for path in folder.iterdir())
    return owned, sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
