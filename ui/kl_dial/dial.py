"""The dial: what is shown of the siblings, worked out once for all visitors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from ui import cache
from ui.components import live
from ui.kl_dial.claims import deviation_of_codes, nats
from ui.state import current
from vae.ladder import Sibling
from vae.rate_distortion import DRAWS, READS, WALKS, RateDistortion

# How many draws and steps of a walk are shown, and how many digits' posteriors stand in the cloud.
SHOWN_DRAWS, STEPS, CLOUD = 24, 7, 150
RATE_TICKS = (1, 10, 100, 1_000, 10_000)

WORDS = {
    "dial": "Weight of the KL term",
    "digit": "Your digit, and what comes back of it",
    "curve": "What a nat costs and buys",
    "prior": "Digits from nowhere",
    "bars": "What each number of a code costs",
    "cloud": "Where the codes lie",
    "walk": "From your digit to another",
    "again": "Draw again",
    "table": "As a table",
    "columns": ["weight", "nats", "mean squared error", "draws that read as a digit", "Fréchet distance"],
    "most": ">99%",
    "least": "<1%",
    "status": "Weight {weight}: a code costs {rate} nats; sampled and decoded, it is off by "
    "{distortion}; {read} of draws from the prior read as a digit.",
    "sampled": "From a sampled code. Off by {error}; reads as {reading}",
    "curveAlt": "Mean squared error against nats; at weight {weight}: {distortion} at {rate} nats",
    "cloudAlt": f"The posteriors of {CLOUD} test digits in numbers {{first}} and {{second}} of the code, and the "
    "prior's circle; the axes reach to {reach}",
    "captions": {
        "curve": "All siblings, over all test digits. The error is that of sampled codes; to the left codes are cheap, "
        "below pictures are sharp.",
        "prior": f"The same {SHOWN_DRAWS} draws from N(0, I) at every weight, each with what it reads as. Of {DRAWS:,} "
        f"draws {{read}} read with more than {READS:.0%} confidence; their Fréchet distance from real digits is "
        "{distance}.",
        "bars": "{rate} nats in all, averaged over all test digits. {dead}{cut}",
        "cloud": f"{CLOUD} test digits, and yours in bold, out to two standard deviations, in the two numbers that "
        "say most. Dashed: N(0, I). All codes together have a standard deviation of {deviation}, where N(0, I) has 1.",
        "walk": "A straight line between two codes, decoded. Half way between two test digits of different classes "
        f"{{middles}} of {WALKS:,} pictures read with more than {READS:.0%} confidence.",
    },
}


class Shown(NamedTuple):
    """What the live view is told of the siblings, whatever the visitor does.

    Attributes:
        data: Small things, as `live.kl_dial` takes them.
        clouds: Ellipses of every sibling: mean and standard deviation in two dimensions, float32.
    """

    data: dict[str, Any]
    clouds: bytes


@st.cache_resource(show_spinner="Laying out the siblings…")
def _shown() -> Shown:
    siblings = cache.ladder()
    figures = [sibling.figures for sibling in siblings]
    # Without a price for nats, bars are hundreds of times as long.
    most = math.ceil(max(max(each.rate_by_dimension) for each in figures if each.kl_weight))
    images = cache.test_set(siblings[0].model).images[:CLOUD]
    clouds, stops = [], []
    for sibling in siblings:
        dims = np.sort(np.argsort(-np.array(sibling.figures.rate_by_dimension))[:2])
        codes = sibling.model.vae.encode(images)
        cloud = np.concatenate([codes.z_mean[:, dims], np.exp(codes.z_log_var[:, dims] / 2)], axis=1)
        clouds.append(cloud.astype("<f4"))
        stops.append(_stop(sibling, dims, cloud, most))
    data = {
        "stops": stops,
        "most": most,
        "axes": _axes(figures),
        "steps": np.linspace(0, 1, STEPS).tolist(),
        "words": WORDS,
    }
    return Shown(data, np.stack(clouds).tobytes())


def _stop(sibling: Sibling, dims: np.ndarray, cloud: np.ndarray, most: float) -> dict[str, Any]:
    found = sibling.figures
    dead = found.active.count(False)
    deviations = found.deviation_by_dimension
    # A few stragglers may lie outside: they would shrink all the rest.
    reach = float(max(4, np.ceil(np.quantile(np.abs(cloud[:, :2]), 0.97))))
    return {
        "name": f"{found.kl_weight:g}",
        "rates": found.rate_by_dimension,
        "active": found.active,
        "rate": found.rate,
        "distortion": found.distortion,
        "dimensions": dims.tolist(),
        "reach": reach,
        "words": {
            "weight": f"{found.kl_weight:g}",
            "rate": nats(found.rate),
            "distortion": f"{found.distortion:.4f}",
            "read": f"{found.draws_read:.0%}",
            "distance": f"{found.draws_distance:.1f}",
            "dead": f"Crosses mark the {dead} of {len(deviations)} that are dead: they say the same of every digit."
            if dead
            else f"All {len(deviations)} are in use.",
            "cut": " A bar with a gap is longer than shown." if max(found.rate_by_dimension) > most else "",
            "deviation": f"{deviation_of_codes(found):.3g}",
            "middles": f"{found.middles_read:.0%}",
            "first": f"{dims[0] + 1}",
            "second": f"{dims[1] + 1}",
            "reach": f"{reach:g}",
        },
    }


def _axes(figures: Sequence[RateDistortion]) -> dict[str, Any]:
    logs = [math.log10(each.rate) for each in figures]
    low, high = min(logs) - 0.1, max(logs) + 0.1
    ticks = [
        {"value": math.log10(tick), "text": f"{tick:,}"}
        for tick in RATE_TICKS
        if low <= math.log10(tick) <= high
    ]
    most = 1.1 * max(each.distortion for each in figures)
    return {
        "rate": {"title": "nats a code costs, on a logarithmic axis", "domain": [low, high], "ticks": ticks},
        "distortion": {"title": "mean squared error", "domain": [0, most]},
    }


def show_dial() -> None:
    """The dial and all that follows it, live."""
    siblings, shown, dial = cache.ladder(), _shown(), current().dial
    rng = np.random.default_rng(dial.seed)
    latent_dim = siblings[0].model.config.network.latent_dim
    draws = rng.standard_normal((1 + SHOWN_DRAWS, latent_dim), dtype=np.float32)
    test = cache.test_set(siblings[0].model)
    end = test.images[test.of_class(dial.walk_to)[0]]
    live.kl_dial([sibling.model for sibling in siblings], shown.data, draws, end, shown.clouds)
