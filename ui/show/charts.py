"""Charts as Vega-Lite specifications, in Streamlit's theme, light and dark.

A specification is a plain dictionary, which Streamlit passes on in a millisecond; building the same chart
from Altair's classes takes fifty.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

Spec = dict[str, Any]

# Readable on white and on black.
NEUTRAL = "#8a8f98"

TABLE_LINES = 25
_TABLE_STYLE = """<style>.numbers { font-size: 0.875rem; overflow-x: auto; }
.numbers summary { cursor: pointer; opacity: 0.78; width: fit-content; }
.numbers :is(th, td) { padding: 0.15rem 0.75rem 0.15rem 0; text-align: right; font-variant-numeric: tabular-nums; }
</style>"""

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


def show(spec: Spec, *, height: int, key: str, alt: str) -> None:
    """Shows a chart as wide as its place, and its numbers as a table on demand.

    Args:
        spec: A Vega-Lite view: a mark with its encodings, or layers.
        height: CSS pixels.
        key: Names the chart on its page, so that it is updated in place.
        alt: What a screen reader says.
    """
    st.vega_lite_chart(
        spec=spec | ON_CANVAS | {"height": height}, width="stretch", height=height, key=key, alt=alt
    )
    source = spec if "data" in spec else spec["layer"][0]
    st.html(_table(source["data"]["values"], alt))


def _table(values: Sequence[Mapping[str, Any]], alt: str) -> str:
    # At most so many lines, evenly spread, with the last: a page may have five charts, anew twice a second.
    places = (
        np.unique(np.linspace(0, len(values) - 1, min(len(values), TABLE_LINES)).astype(int))
        if values
        else []
    )
    lines = [values[place] for place in places]
    names = list(lines[0]) if lines else []

    def cells(texts: Iterable[Any], tag: str) -> str:
        return "".join(f"<{tag}>{html.escape(str(text))}</{tag}>" for text in texts)

    body = "".join(f"<tr>{cells((line[name] for name in names), 'td')}</tr>" for line in lines)
    return (
        f"{_TABLE_STYLE}<details class='numbers'><summary>As a table</summary>"
        f"<table aria-label='{html.escape(alt, quote=True)}'><tr>{cells(names, 'th')}</tr>{body}</table></details>"
    )
