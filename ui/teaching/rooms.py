"""Rooms in which a class guesses together: who knows a room's code adds to its tally.

Nothing is kept but the guesses, which answers are shown and the lesson's step, and only in this process's memory: no
name, no address, no drawing. A room ends when its teacher closes it, when nobody has used it for three hours, or with
its server.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

# No vowels, so that no code is a word; none that looks like another.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
ROOM_CODE, HOST_KEY = f"[{LETTERS}]{{4}}", f"[{LETTERS}]{{12}}"
IDLE_SECONDS = 3 * 60 * 60
MAX_ROOMS, MAX_QUESTIONS, MAX_GUESSES = 500, 100, 5_000


@dataclass
class _Room:
    key: str
    used: float
    guesses: dict[str, Counter[str]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    place: int = 0


class Rooms:
    """All rooms of a server. Safe to use from several threads.

    Args:
        clock: Tells the time in seconds and only runs forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock, self._lock = clock, threading.Lock()
        self._rooms: dict[str, _Room] = {}

    def open(self) -> tuple[str, str] | None:
        """Opens a room.

        Returns:
            Its code, four letters for the class, and its key, twelve letters for its teacher alone; None while
            there are as many rooms as the server takes.
        """
        with self._lock:
            self._end_idle()
            if len(self._rooms) >= MAX_ROOMS:
                return None
            while (code := _letters(4)) in self._rooms:
                pass
            self._rooms[code] = _Room(_letters(12), self._clock())
            return code, self._rooms[code].key

    def close(self, code: str, key: str) -> None:
        """Ends a room, for who has its key."""
        with self._lock:
            if self._hosts(code, key):
                del self._rooms[code]

    def hosts(self, code: str, key: str) -> bool:
        """Whether a key is that of a room."""
        with self._lock:
            return self._hosts(code, key)

    def lead(self, code: str, key: str, place: int) -> None:
        """Tells a room at which step of the lesson its teacher is, for who has its key."""
        with self._lock:
            if self._hosts(code, key):
                self._rooms[code].place = place

    def place(self, code: str) -> int:
        """At which step of the lesson a room's teacher is, from 1; 0 outside it or where there is no such room."""
        with self._lock:
            room = self._find(code)
            return 0 if room is None else room.place

    def answer(self, code: str, key: str, question: str) -> None:
        """Shows the answer of a question to the whole room, for who has its key."""
        with self._lock:
            if self._hosts(code, key) and len(self._rooms[code].answered) < MAX_QUESTIONS:
                self._rooms[code].answered.add(question)

    def is_answered(self, code: str, question: str) -> bool:
        """Whether a question's answer may be seen: the teacher has shown it, or there is no such room."""
        with self._lock:
            room = self._find(code)
            return room is None or question in room.answered

    def exists(self, code: str) -> bool:
        """Whether there is a room of this code."""
        with self._lock:
            self._end_idle()
            return code in self._rooms

    def guess(self, code: str, question: str, option: str) -> bool:
        """Adds a guess to a question's tally; returns whether it counts: it doesn't in a full room, or in none."""
        with self._lock:
            room = self._find(code)
            if room is None or (question not in room.guesses and len(room.guesses) >= MAX_QUESTIONS):
                return False
            tally = room.guesses.setdefault(question, Counter())
            if tally.total() >= MAX_GUESSES:
                return False
            tally[option] += 1
            return True

    def tally(self, code: str, question: str) -> Counter[str]:
        """How often each option of a question was guessed; empty where there is no such room."""
        with self._lock:
            room = self._find(code)
            return Counter() if room is None else Counter(room.guesses.get(question, {}))

    def _hosts(self, code: str, key: str) -> bool:
        room = self._find(code)
        return room is not None and secrets.compare_digest(room.key, key)

    def _find(self, code: str) -> _Room | None:
        self._end_idle()
        room = self._rooms.get(code)
        if room is not None:
            room.used = self._clock()
        return room

    def _end_idle(self) -> None:
        now = self._clock()
        self._rooms = {code: room for code, room in self._rooms.items() if now - room.used < IDLE_SECONDS}


def _letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))
