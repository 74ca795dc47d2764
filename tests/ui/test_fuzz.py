"""A slice of `benchmarks.fuzz`: hostile input of every kind."""

from __future__ import annotations

import random

import pytest

from benchmarks import fuzz
from ui.components.live import take_in


def test_two_thousand_cases_raise_nothing_but_the_packages_own_errors_and_stay_small():
    figures = fuzz.run(2000, seed=1)
    assert sum(found["cases"] for found in figures.values()) == 2000
    assert all(found["grew"] < fuzz.MOST_BYTES for found in figures.values())
    # The mistakes are neither all harmless nor all noticed at once.
    assert 0 < figures["drawing"]["refused"] < figures["drawing"]["cases"]


def test_a_case_that_raises_something_else_is_found(monkeypatch):
    monkeypatch.setattr(fuzz.Cases, "drawing", lambda self, rng: 1 / rng.choice([1, 1, 0]))
    with pytest.raises(AssertionError, match=r"drawing, seed 3, case .*ZeroDivisionError"):
        fuzz.run(1000, seed=3)


def test_what_is_no_number_is_taken_for_nothing():
    kept = []
    for told in (float("nan"), {"level": float("inf")}, 0.5):
        take_in(kept.append, told)
    take_in(lambda told: kept.append(told["level"]), random.Random(0))
    take_in(lambda told: kept.append(told["level"]), [])
    assert kept == [0.5]
