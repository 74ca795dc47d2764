"""What a rerun costs the server, and how long visitors wait when many are there, beside an otherwise empty app.

Visitors speak Streamlit's websocket protocol as a browser does. Each changes an input (another test digit or drawing;
on a page without one, its first slider), waits until the script has finished, pauses for a second, and goes on. The
empty app is measured in the same run, in turns with the pages. The processor time is the server's, while one visitor
asks for one rerun after another without a pause: other work on the machine hardly changes it.
Not measured: what the browser fetches by address, such as pictures and a model's weights.
Run from the repository's root, on Linux: python -m benchmarks.load
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import json
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.browser import serving, serving_empty_page

PAUSE_SECONDS = 1.0
TURNS = 2
MOST_VISITORS, MOST_SECONDS, MOST_RERUNS = 100, 300, 1000
PATIENCE_SECONDS = 120
LANDING = "landing"
# How inputs are found, wherever they stand on a page: by what is written on them, and by the kind of component.
TEST_DIGIT = "Test digit"
CANVAS = "streamlit_drawable_canvas"
INPUTS = {"button_group", "number_input", "slider", "bidi_component"}


class Input(NamedTuple):
    """An input as the server described it: its kind, its message, and the fragment that it belongs to, or ""."""

    kind: str
    message: Any
    fragment: str


class Visitor:
    """One browser's side of a session.

    Args:
        socket: A connection to the server.
        rng: Decides what is chosen.
        draws: Whether the visitor draws digits; otherwise test digits are picked.
        query: The query string of the address that is opened.
    """

    def __init__(
        self, socket: ClientConnection, rng: np.random.Generator, draws: bool = False, query: str = ""
    ) -> None:
        self.socket, self.rng, self.draws, self.query = socket, rng, draws, query
        self.page = ""
        self.pages: dict[str, str] = {}
        self.inputs: dict[str, Input] = {}
        self.values: dict[str, WidgetState] = {}
        self.cached: set[str] = set()
        self.received = self.elements = 0

    async def open(self, page: str) -> None:
        """Goes to a page, "" for the one that the app opens with, and says where digits come from."""
        self.page = self.pages[page] if page else ""
        self.inputs.clear()
        self.values.clear()
        await self.rerun()
        for found in list(self.inputs.values()):
            options = found.message.options if found.kind == "button_group" and not self.draws else ()
            for label in (option.content for option in options if TEST_DIGIT in option.content):
                self._value(found).string_array_value.data.append(label)
                await self.rerun(found.fragment)

    async def change(self) -> tuple[str, float]:
        """Changes an input; says which, and how many seconds passed until the script had finished."""
        found = self._input()
        message, value = found.message, self._value(found)
        if found.kind == "bidi_component":
            name = "drawing"
            value.json_value = json.dumps({"drawing": draw(json.loads(message.json), self.rng)})
        elif found.kind == "number_input":
            name = message.label
            value.double_value = self.rng.integers(int(message.min), int(message.max) + 1)
        else:
            name = message.label
            steps = round((message.max - message.min) / message.step)
            value.double_array_value.data.append(message.min + message.step * self.rng.integers(steps + 1))
        return name, await self.rerun(found.fragment)

    async def rerun(self, fragment: str = "") -> float:
        """Asks for a rerun, of one fragment or of the whole page; how many seconds passed until its end."""
        request = BackMsg()
        state = request.rerun_script
        state.query_string, state.page_script_hash, state.fragment_id = self.query, self.page, fragment
        state.widget_states.widgets.extend(self.values.values())
        state.cached_message_hashes.extend(self.cached)
        start = time.perf_counter()
        await self.socket.send(request.SerializeToString())
        await asyncio.wait_for(self._read(), PATIENCE_SECONDS)
        return time.perf_counter() - start

    def _input(self) -> Input:
        # The latest comes first: an input whose identity has changed is still listed under its old one.
        found = [*self.inputs.values()][::-1]
        for one in found:
            if self.draws and one.kind == "bidi_component" and CANVAS in one.message.component_name:
                return one
            if not self.draws and one.kind == "number_input" and one.message.label.startswith(TEST_DIGIT):
                return one
        sliders = [one for one in found if one.kind == "slider" and len(one.message.default) == 1]
        if not sliders:
            raise RuntimeError("Expected an input for the digit, or a slider. Received neither.")
        return sliders[-1]

    def _value(self, found: Input) -> WidgetState:
        self.values[found.message.id] = value = WidgetState(id=found.message.id)
        return value

    async def _read(self) -> None:
        cached = set()
        while True:
            data = await self.socket.recv()
            message = ForwardMsg.FromString(data)
            self.received += len(data)
            kind = message.WhichOneof("type")
            if message.metadata.cacheable:
                cached.add(message.hash)
            if kind == "ref_hash":
                cached.add(message.ref_hash)
            elif kind == "delta":
                self._note(message.delta)
            elif kind == "new_session":
                self.page = message.new_session.page_script_hash
            elif kind == "navigation":
                pages = message.navigation.app_pages
                self.pages = {page.url_pathname: page.page_script_hash for page in pages}
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                # A browser keeps long messages for as long as runs mention them, and isn't sent them again.
                self.cached = cached
                return

    def _note(self, delta: Any) -> None:
        self.elements += 1
        kind = delta.new_element.WhichOneof("type")
        if kind == "exception":
            raise RuntimeError(
                f"Expected a page that runs. Received {delta.new_element.exception.message!r}."
            )
        if kind in INPUTS:
            message = getattr(delta.new_element, kind)
            self.inputs.pop(message.id, None)
            self.inputs[message.id] = Input(kind, message, delta.fragment_id)


def draw(canvas: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """What a canvas sends after a stroke: here a random zigzag.

    Args:
        canvas: What the page told the canvas.
        rng: Where the stroke goes.
    """
    size, width = (canvas["canvasWidth"], canvas["canvasHeight"]), canvas["strokeWidth"]
    # Away from the edges, in as many points as a pointer leaves behind.
    corners = rng.uniform(0.3, 0.8, (5, 2)) * size
    points = np.concatenate([np.linspace(*ends, 20) for ends in pairwise(corners)])
    path = [["Q", *start, *end] for start, end in pairwise(points.tolist())]
    stroke = {"type": "Path", "stroke": canvas["strokeColor"], "strokeWidth": width, "path": path}
    data = None
    if canvas["returnImageData"]:
        picture = Image.new("RGBA", size)
        ImageDraw.Draw(picture).line([tuple(point) for point in points], "white", width, "curve")
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", compress_level=1)
        data = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    return {"raw": {"version": "7.2.0", "objects": [stroke]}, "data": data}


class Page(NamedTuple):
    """A page to measure: what it is called here, its app's address and process id, and its path in the app."""

    name: str
    url: str
    pid: int
    path: str


@asynccontextmanager
async def arriving(
    url: str, visitors: int, options: argparse.Namespace, seed: int = 0
) -> AsyncIterator[list[Visitor]]:
    """Visitors who have an app's first page before them; with another seed they choose other digits."""
    async with AsyncExitStack() as stack:
        arrived = []
        for number in range(visitors):
            address = url.replace("http", "ws", 1) + "/_stcore/stream"
            # Pings are off: a server that is busy for half a minute is what may have to be measured.
            connection = connect(address, subprotocols=["streamlit"], max_size=None, ping_interval=None)
            socket = await stack.enter_async_context(connection)
            rng = np.random.default_rng([seed, number])
            arrived.append(Visitor(socket, rng, options.draw, options.query))
            await arrived[-1].rerun()
        yield arrived


async def wait_times(visitors: list[Visitor], path: str, seconds: float) -> list[float]:
    """How long each rerun took, while all visitors are on a page and pause after each rerun, in seconds."""
    await asyncio.gather(*(visitor.open(path) for visitor in visitors))
    times: list[float] = []

    async def stay(visitor: Visitor) -> None:
        await asyncio.sleep(visitor.rng.uniform(0, PAUSE_SECONDS))
        await visitor.change()  # The first one warms up; on a slow page it may take longer than all seconds.
        await asyncio.sleep(PAUSE_SECONDS)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            times.append((await visitor.change())[1])
            await asyncio.sleep(PAUSE_SECONDS)

    await asyncio.gather(*(stay(visitor) for visitor in visitors))
    return times


def processor_seconds(pid: int) -> float:
    """What a process has used of the processors so far, its own and the system's share for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """What reruns cost: which input was changed, and for each rerun processor seconds, elements and bytes."""

    changed: str
    processor: float
    elements: float
    received: float


async def rerun_cost(visitor: Visitor, pid: int, path: str, reruns: int) -> Cost:
    """What a rerun on a page costs while nobody else is there, as a mean over many."""
    await visitor.open(path)
    for _ in range(5):
        await visitor.change()
    start, elements, received = processor_seconds(pid), visitor.elements, visitor.received
    for _ in range(reruns):
        changed, _ = await visitor.change()
    spent = processor_seconds(pid) - start, visitor.elements - elements, visitor.received - received
    return Cost(changed, *(amount / reruns for amount in spent))


async def costs(pages: list[Page], options: argparse.Namespace) -> dict[Page, list[Cost]]:
    """Each page's cost in each turn."""
    found = defaultdict(list)
    for turn in range(TURNS):
        for page in pages:
            async with arriving(page.url, 1, options, seed=turn) as [visitor]:
                found[page].append(await rerun_cost(visitor, page.pid, page.path, options.reruns // TURNS))
    return found


async def waits(pages: list[Page], visitors: int, options: argparse.Namespace) -> dict[Page, list[float]]:
    """How long each rerun took on each page, over all turns."""
    found = defaultdict(list)
    async with AsyncExitStack() as stack:
        crowds = {
            url: await stack.enter_async_context(arriving(url, visitors, options, seed=TURNS + visitors))
            for url in dict.fromkeys(page.url for page in pages)
        }
        for _ in range(TURNS):
            for page in pages:
                found[page] += await wait_times(crowds[page.url], page.path, options.seconds / TURNS)
    return found


def show_costs(found: dict[Page, list[Cost]]) -> None:
    """Prints the table of costs."""
    print(f"{'page':<16}{'input changed':<26}{'processor ms':>13}{'ratio':>8}{'elements':>10}{'kB sent':>9}")
    means = {page: np.mean([cost[1:] for cost in turns], axis=0) for page, turns in found.items()}
    base = next(iter(means.values()))[0]
    for page, (processor, elements, received) in means.items():
        changed = found[page][0].changed[:24]
        print(
            f"{page.name:<16}{changed:<26}{processor * 1e3:>13.1f}{processor / base:>8.1f}"
            f"{elements:>10.0f}{received / 1e3:>9.1f}"
        )


def show_waits(found: dict[Page, list[float]], visitors: int) -> None:
    """Prints the table of times for one number of visitors."""
    print(f"\n{visitors} visitor{'s' * (visitors > 1)}")
    print(f"{'page':<16}{'reruns':>8}{'median ms':>11}{'p95 ms':>9}{'ratios':>14}")
    base = None
    for page, times in found.items():
        figures = np.percentile(times, [50, 95])
        base = figures if base is None else base
        median, p95 = figures / base
        print(
            f"{page.name:<16}{len(times):>8}{figures[0] * 1e3:>11.0f}{figures[1] * 1e3:>9.0f}"
            f"{median:>7.1f}{p95:>7.1f}"
        )


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line's options."""

    def up_to(most: int) -> Callable[[str], int]:
        def number(text: str) -> int:
            if not 1 <= int(text) <= most:
                raise argparse.ArgumentTypeError(f"Expected a number from 1 to {most}. Received {text}.")
            return int(text)

        return number

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--pages", nargs="+", metavar="PAGE", help=f"{LANDING}, or a page's path; default: all"
    )
    parser.add_argument("--visitors", nargs="*", type=up_to(MOST_VISITORS), default=[1, 10, 50])
    parser.add_argument("--seconds", type=up_to(MOST_SECONDS), default=16, help="for each page and number")
    parser.add_argument("--reruns", type=up_to(MOST_RERUNS), default=100, help="for the processor time")
    parser.add_argument("--draw", action="store_true", help="visitors draw instead of picking test digits")
    parser.add_argument("--query", default="", help="query string of the address that visitors open")
    return parser.parse_args(arguments)


async def measure(empty: tuple[str, int], app: tuple[str, int], options: argparse.Namespace) -> None:
    """Measures and prints."""
    async with arriving(app[0], 1, options) as [visitor]:
        names = {path or LANDING: path for path in visitor.pages}
    chosen = options.pages or list(names)
    if unknown := [name for name in chosen if name not in names]:
        raise SystemExit(f"Expected pages among {', '.join(names)}. Received {', '.join(unknown)}.")
    pages = [Page("an empty app", *empty, ""), *(Page(name, *app, names[name]) for name in chosen)]
    show_costs(await costs(pages, options))
    for visitors in options.visitors:
        show_waits(await waits(pages, visitors, options), visitors)


def main() -> None:
    """Serves both apps and measures them."""
    options = options_of()
    with serving_empty_page() as empty, serving() as app:
        asyncio.run(measure(empty, app, options))


if __name__ == "__main__":
    main()
