"""Bar charts of a code's numbers, as plain HTML in the page's own colours.

They are drawn anew at each rerun and there may be ten on a page: one costs a few kilobytes and no script. They
are boxes rather than SVG, because `st.html` removes SVG.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ui.show.plain_text import with_minus

# In the middle between the two themes' primary colours, so that it stands out on black and on white.
ACCENT = "#7680ec"


class Band(NamedTuple):
    """A range to show behind each bar, such as where a posterior's draws fall.

    Attributes:
        low, high: Its ends, (n,).
    """

    low: np.ndarray
    high: np.ndarray


def nice_limit(*arrays: np.ndarray) -> float:
    """A whole number, at least 1, that no value's magnitude exceeds, for the ends of an axis."""
    return float(max(1, *(np.ceil(np.abs(array).max(initial=0)) for array in arrays)))


_STYLE = f"""<style>
.bars {{ display: flex; max-width: 760px; font-size: 0.8rem; line-height: 1; }}
.bars .axis {{ display: flex; flex-direction: column; justify-content: space-between; text-align: right;
  width: 2rem; padding-right: 0.4rem; margin: -0.4rem 0; }}
.bars .plot {{ display: flex; flex: 1; min-width: 0; position: relative; }}
.bars .plot > span {{ flex: 1; position: relative; }}
.bars .plot i {{ position: absolute; left: 12%; right: 12%; min-height: 1px; background: {ACCENT}; }}
.bars .plot i.band {{ background: currentColor; opacity: 0.25; }}
.bars .plot i.tick {{ height: 4px; margin-top: -2px; left: 0; right: 0; }}
.bars .plot .pale {{ opacity: 0.3; }}
.bars-beside {{ display: grid; gap: 0.75rem 2rem; align-items: end;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); }}
.bars-beside p {{ margin: 0 0 0.75rem; }}
.bars .plot > hr {{ position: absolute; left: 0; right: 0; margin: 0; border: 0; height: 1px;
  background: currentColor; opacity: 0.5; }}
</style>"""


def bars(
    values: Sequence[float] | np.ndarray,
    alt: str,
    limit: float,
    *,
    signed: bool = True,
    pale: np.ndarray | None = None,
    band: Band | None = None,
    height: int = 110,
) -> str:
    """HTML of a bar chart with one bar for each number, or, with a band, a tick.

    Args:
        values: (n,); what lies beyond the limit is drawn at the edge.
        alt: What a screen reader says.
        limit: The value at the upper edge.
        signed: Whether the axis goes down to -limit rather than to 0.
        pale: Which bars are drawn pale, (n,) of bool; none by default.
        band: Ranges to show behind ticks.
        height: In CSS pixels.
    """
    lowest = -limit if signed else 0.0
    values = np.asarray(values, float)

    def down(values: np.ndarray) -> list[float]:
        # Per cent of the height from the upper edge; all at once, since NumPy takes as long for one number as for 40.
        return (100 * (limit - np.clip(values, lowest, limit)) / (limit - lowest)).tolist()

    def boxes(highs: np.ndarray, lows: np.ndarray, kind: str = "") -> list[str]:
        ends = zip(down(highs), down(lows), strict=True)
        return [f'<i{kind} style="top:{top:.1f}%;height:{bottom - top:.1f}%"></i>' for top, bottom in ends]

    if band is None:
        shapes = boxes(np.maximum(values, 0), np.minimum(values, 0))
    else:
        ranges = boxes(band.high, band.low, ' class="band"')
        ticks = (f'<i class="tick" style="top:{at:.1f}%"></i>' for at in down(values))
        shapes = map("".join, zip(ranges, ticks, strict=True))
    faded = [""] * len(values) if pale is None else [' class="pale"' if each else "" for each in pale]
    cells = (
        f'<span{kind} title="number {number}: {with_minus(f"{value:.2f}")}">{shape}</span>'
        for number, (kind, value, shape) in enumerate(zip(faded, values.tolist(), shapes, strict=True), 1)
    )
    labels = [f"{limit:g}", "0", f"−{limit:g}"] if signed else [f"{limit:g}", "0"]
    axis = "".join(f"<span>{label}</span>" for label in labels)
    return (
        f'{_STYLE}<div class="bars" style="height:{height}px" role="img" '
        f'aria-label="{html.escape(alt, quote=True)}"><div class="axis">{axis}</div>'
        f'<div class="plot">{"".join(cells)}<hr style="top:{100 * limit / (limit - lowest):.1f}%"></div></div>'
    )


def titled(charts: Mapping[str, str]) -> str:
    """HTML of charts, each beneath its title, side by side where there is room."""
    parts = (f"<div><p>{html.escape(title)}</p>{chart}</div>" for title, chart in charts.items())
    return f'<div class="bars-beside">{"".join(parts)}</div>'
