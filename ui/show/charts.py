"""Charts as Vega-Lite specifications, in Streamlit's theme, light and dark.

A specification is a plain dictionary, which Streamlit passes on in a millisecond; building the same chart
from Altair's classes takes fifty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

Spec = dict[str, Any]

# What lines are drawn in, readable on white and on black; digits have colours of their own, `ui.show.colours`.
LINE_COLOURS = (
    *("#4c78d8", "#f08c2e", "#2fa56b", "#e0514f", "#9a6fd8"),
    *("#a9744f", "#e377b9", "#d9b310", "#8cc63f", "#21b3c4"),
)
NEUTRAL = "#8a8f98"

# As SVG, each of a thousand points would be an element that the browser composes anew at every repaint of the page,
# wherever on it.
ON_CANVAS = {"usermeta": {"embedOptions": {"renderer": "canvas"}}}


def rows(columns: Mapping[str, Iterable]) -> list[dict[str, Any]]:
    """Columns of equal length as Vega-Lite's list of rows; what is not finite becomes a gap."""

    def plain(value: Any) -> Any:
        value = value.item() if isinstance(value, np.generic) else value
        if isinstance(value, float):
            return round(value, 5) if np.isfinite(value) else None
        return value

    names = list(columns)
    return [dict(zip(names, map(plain, row), strict=True)) for row in zip(*columns.values(), strict=True)]


def quantity(
    field: str, title: str | None = None, domain: Sequence[float] | None = None, **options: Any
) -> Spec:
    """The encoding of a number on an axis; the axis keeps to `domain` where one is given."""
    scale = {"domain": list(domain), "nice": False} if domain is not None else {"zero": False}
    return {"field": field, "type": "quantitative", "title": title, "scale": scale, **options}


def category(field: str, colours: Mapping[str, str], title: str | None = None, columns: int = 2) -> Spec:
    """The encoding of a name as a colour: every name keeps its colour, whichever are on the chart.

    Its legend stands above the chart in so many columns that it fits on a phone.
    """
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(colours), "range": list(colours.values())},
        "legend": {"title": title, "orient": "top", "columns": columns, "symbolOpacity": 1},
    }


def line_chart(
    columns: Mapping[str, Iterable],
    *,
    x: Spec,
    y: Spec,
    colour: Spec,
    band: tuple[str, str] | None = None,
    span: tuple[float, float] | None = None,
    marks: Mapping[str, float] | None = None,
) -> Spec:
    """Lines over a number, each in its colour.

    Args:
        columns: The figures, one row a point of a line.
        x: The encoding across, from `quantity`.
        y: The encoding upwards.
        colour: Which line a row belongs to, from `category`.
        band: The columns with the lower and the upper edge of a band around each line.
        span: Values of x between which the ground is shaded.
        marks: Values of x at which a dashed line stands, by the name of the line whose colour it takes.
    """
    name, across = colour["field"], x["field"]
    axes = {"x": x, "y": y, "color": colour}
    tip = [{"field": name, "type": "nominal", "title": " "}]
    tip += [
        {"field": e["field"], "type": "quantitative", "title": e["title"], "format": ".3~f"} for e in (x, y)
    ]
    drawn: list[Spec] = []
    if band:
        low = {"field": band[0], "type": "quantitative", "title": y["title"], "scale": y["scale"]}
        drawn.append(
            {
                "mark": {"type": "area", "opacity": 0.25, "clip": True},
                "encoding": {
                    "x": x,
                    "y": low,
                    "y2": {"field": band[1]},
                    "color": colour,
                },
            }
        )
    drawn.append({"mark": {"type": "line", "clip": True, "strokeWidth": 2}, "encoding": axes})
    # Wide, unseen points, so that a finger finds them.
    drawn.append({"mark": {"type": "point", "opacity": 0, "size": 250}, "encoding": axes | {"tooltip": tip}})
    layers: list[Spec] = [{"data": {"values": rows(columns)}, "layer": drawn}]
    if span:
        shaded = {
            "data": {"values": [{across: span[0], "to": span[1]}]},
            "mark": {
                "type": "rect",
                "color": NEUTRAL,
                "fillOpacity": 0.12,
                "stroke": NEUTRAL,
                "strokeOpacity": 0.4,
            },
            "encoding": {"x": x, "x2": {"field": "to"}},
        }
        layers.insert(0, shaded)
    if marks:
        layers.append(
            {
                "data": {"values": rows({name: marks.keys(), across: marks.values()})},
                "mark": {"type": "rule", "strokeDash": [4, 4], "strokeWidth": 2},
                "encoding": {"x": x, "color": colour},
            }
        )
    return {"layer": layers}


def map_chart(
    points: Mapping[str, Iterable],
    paths: Mapping[str, Iterable],
    *,
    x: Spec,
    y: Spec,
    colour: Spec,
    path: str,
    order: str,
    tooltip: Mapping[str, str],
) -> Spec:
    """A cloud of points in the colours of their classes, and paths that wander through it.

    Args:
        points: The cloud: columns for x, y and colour.
        paths: The stations of all paths: the same columns, and those that follow.
        x: The encoding across, from `quantity`.
        y: The encoding upwards.
        colour: The class of a point or a station, from `category`.
        path: The column that tells paths apart.
        order: The column by which a path runs.
        tooltip: What is told of a station: columns and their titles.
    """
    place = {"x": x, "y": y}
    along = {"field": order, "type": "quantitative"}
    tips = [{"field": field, "type": "nominal", "title": title} for field, title in tooltip.items()]
    trail = {
        "mark": {"type": "line", "color": NEUTRAL, "strokeWidth": 1.5},
        "encoding": place | {"detail": {"field": path, "type": "nominal"}, "order": along},
    }
    size = along | {"scale": {"range": [15, 110]}, "legend": None}
    stations = {
        "mark": {"type": "circle", "opacity": 1, "stroke": "#ffffff", "strokeWidth": 1},
        "encoding": place | {"color": colour, "size": size, "tooltip": tips},
    }
    cloud = {
        "data": {"values": rows(points)},
        "mark": {"type": "circle", "opacity": 0.35, "size": 14},
        "encoding": place | {"color": colour},
    }
    return {"layer": [cloud, {"data": {"values": rows(paths)}, "layer": [trail, stations]}]}


def show(spec: Spec, *, height: int, key: str, alt: str) -> None:
    """Shows a chart as wide as its place.

    Args:
        spec: A Vega-Lite view: a mark with its encodings, or layers.
        height: CSS pixels.
        key: Names the chart on its page, so that it is updated in place.
        alt: What a screen reader says.
    """
    st.vega_lite_chart(
        spec=spec | ON_CANVAS | {"height": height}, width="stretch", height=height, key=key, alt=alt
    )
