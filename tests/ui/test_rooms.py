"""Rooms in which a class guesses together."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from ui.teaching import rooms
from ui.teaching.rooms import HOST_KEY, IDLE_SECONDS, MAX_GUESSES, MAX_QUESTIONS, ROOM_CODE, Rooms


class Clock:
    """A clock that stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_room_has_a_code_of_four_letters_and_counts_its_own_guesses_alone():
    known = Rooms()
    (first, _), (second, _) = known.open(), known.open()
    assert re.fullmatch(ROOM_CODE, first) and first != second
    assert known.guess(first, "q", "yes") and known.guess(first, "q", "yes") and known.guess(first, "q", "no")
    assert known.guess(second, "q", "no")
    assert known.tally(first, "q") == {"yes": 2, "no": 1} and known.tally(second, "q") == {"no": 1}
    assert known.tally(first, "other") == {}


def test_a_guess_in_no_room_does_not_count():
    known = Rooms()
    assert not known.guess("BBBB", "q", "yes") and not known.exists("BBBB") and known.tally("BBBB", "q") == {}


def test_a_room_ends_when_nobody_has_used_it_for_three_hours():
    clock = Clock()
    known = Rooms(clock)
    code, _ = known.open()
    clock.now = IDLE_SECONDS - 1
    assert known.guess(code, "q", "yes")
    clock.now += IDLE_SECONDS - 1
    assert known.exists(code)
    clock.now += 2
    assert not known.exists(code)


def test_rooms_questions_and_guesses_are_bounded(monkeypatch):
    monkeypatch.setattr(rooms, "MAX_ROOMS", 2)
    known = Rooms()
    code, _ = known.open()
    assert known.open() and known.open() is None
    known.close(code, "B" * 12)  # A wrong key ends nothing.
    assert known.exists(code)
    assert all(known.guess(code, str(n), "yes") for n in range(MAX_QUESTIONS))
    assert not known.guess(code, "one more", "yes")
    assert sum(known.guess(code, "0", "yes") for _ in range(MAX_GUESSES)) == MAX_GUESSES - 1


def test_guesses_from_many_threads_are_all_counted():
    known = Rooms()
    code, _ = known.open()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: known.guess(code, "q", str(n % 3)), range(999)))
    assert known.tally(code, "q") == {"0": 333, "1": 333, "2": 333}


def test_only_who_has_a_rooms_key_shows_answers_leads_and_ends_it():
    known = Rooms()
    code, key = known.open()
    assert re.fullmatch(HOST_KEY, key) and known.hosts(code, key) and not known.hosts(code, "B" * 12)
    for tried, works in (("B" * 12, False), (key, True)):
        known.answer(code, tried, "q")
        known.lead(code, tried, 4)
        assert known.is_answered(code, "q") == works and known.place(code) == 4 * works
    known.close(code, key)
    assert not known.exists(code) and known.is_answered(code, "q") and known.place(code) == 0
