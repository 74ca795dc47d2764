"""What the siblings' figures say for and against the KL term, in sentences that follow from the figures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from vae.ladder import best_draws
from vae.rate_distortion import DRAWS, READS, WALKS, RateDistortion


class Claim(NamedTuple):
    """One thing that the KL term costs or buys.

    Attributes:
        title: What it is about.
        sentence: What the figures say of it, in Markdown; terms are marked for `ui.show.glossary.explain`.
        holds: Whether they say what one learns of VAEs; where they don't, the sentence says so.
    """

    title: str
    sentence: str
    holds: bool


def nats(rate: float) -> str:
    """A number of nats, with as many places as make sense."""
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


def deviation_of_codes(figures: RateDistortion) -> float:
    """The standard deviation of all codes together, over all dimensions; the prior's is 1."""
    return float(np.sqrt(np.mean(np.square(figures.deviation_by_dimension))))


def claims(figures: Sequence[RateDistortion]) -> list[Claim]:
    """What is said of siblings.

    Args:
        figures: Those of siblings without the KL term and with it, by rising weight.
    """
    free, dearest, best = figures[0], figures[-1], figures[best_draws(figures)]
    return [
        _cost(figures),
        _draws(free, best),
        _middles(free, best),
        _spread(free, best),
        _too_much(best, dearest),
    ]


def _cost(figures: Sequence[RateDistortion]) -> Claim:
    free, dearest = figures[0], figures[-1]
    holds = all(a.rate > b.rate and a.distortion < b.distortion for a, b in pairwise(figures))
    change = (
        f"from {nats(free.rate)} [[nat|nats]] at weight 0 to {nats(dearest.rate)} at {dearest.kl_weight:g}, "
        f"the [[MSE|mean squared error]] of what comes back goes from {free.distortion:.4f} to {dearest.distortion:.4f}"
    )
    return Claim(
        "What it costs",
        f"The fewer nats a code costs, the less comes back of the digit: {change}, "
        + ("and both change in that direction from each weight to the next." if holds else "though not at every step."),
        holds,
    )  # fmt: skip


def _draws(free: RateDistortion, best: RateDistortion) -> Claim:
    holds = best.draws_read > free.draws_read and best.draws_distance < free.draws_distance
    numbers = (
        f"of {DRAWS:,} codes drawn from the [[prior]], {free.draws_read:.1%} decode to a picture that reads as a digit "
        f"with {READS:.0%} confidence at weight 0, {best.draws_read:.1%} at weight {best.kl_weight:g}. Their "
        f"[[Fréchet distance]] from real digits: {free.draws_distance:.1f} and {best.draws_distance:.1f}"
    )
    return Claim(
        "What it buys: digits from nowhere",
        f"Codes from nowhere become digits: {numbers}."
        if holds
        else f"By these numbers it doesn't buy better draws: {numbers}.",
        holds,
    )


def _middles(free: RateDistortion, best: RateDistortion) -> Claim:
    holds = best.middles_read > free.middles_read and best.middles_confidence > free.middles_confidence
    numbers = (
        f"halfway between two test digits of different classes, {best.middles_read:.0%} of {WALKS:,} pictures read "
        f"with {READS:.0%} confidence at weight {best.kl_weight:g}, {free.middles_read:.0%} at weight 0"
    )
    return Claim(
        "What it buys: fewer holes",
        f"The way between two digits shows digits more often: {numbers}."
        if holds
        else f"It doesn't close holes here: {numbers}.",
        holds,
    )


def _spread(free: RateDistortion, best: RateDistortion) -> Claim:
    with_kl, without = deviation_of_codes(best), deviation_of_codes(free)
    holds = abs(np.log(with_kl)) < abs(np.log(without))
    numbers = (
        f"the [[aggregated posterior]], all codes together, has a standard deviation of {with_kl:.2f} at weight "
        f"{best.kl_weight:g} and of {without:.3g} at weight 0, where the prior has 1"
    )
    return Claim(
        "Why",
        f"It keeps the codes where one draws: {numbers}."
        if holds
        else f"It doesn't bring the codes nearer: {numbers}.",
        holds,
    )


def _too_much(best: RateDistortion, dearest: RateDistortion) -> Claim:
    holds = dearest.kl_weight > best.kl_weight
    dead = dearest.active.count(False)
    numbers = (
        f"at weight {dearest.kl_weight:g} the distance is {dearest.draws_distance:.1f}, and {dead} of "
        f"{len(dearest.active)} numbers of the code are dead"
    )
    return Claim(
        "Too much of it",
        f"Draws get worse again when a code can hardly afford to say anything: {numbers}."
        if holds
        else f"Among these weights, the largest has the best draws: {numbers}.",
        holds,
    )
