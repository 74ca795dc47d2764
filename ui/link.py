"""How a visitor's settings are written in an address, and read from one that may be damaged, old or hostile.

A codec turns one value into a short text and back. It takes in only what the app itself could have written: every other
text is a `ValueError`, and the setting keeps its default.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Collection
from dataclasses import Field, dataclass, field, fields
from typing import Any, Protocol

import numpy as np

from vae import drawing
from vae.config import IMAGE_PIXELS, IMAGE_SHAPE

MAX_PICTURE_TEXT = 1200


class Codec(Protocol):
    """Writes a value as text, and reads it.

    Raises:
        ValueError: `read` met a text that `write` does not write.
    """

    def write(self, value: Any) -> str: ...

    def read(self, text: str) -> Any: ...


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`, to two decimal places."""

    low: float
    high: float

    def write(self, value: float) -> str:
        return f"{value:.2f}".rstrip("0").rstrip(".")

    def read(self, text: str) -> float:
        value = float(text) if len(text) <= 12 else np.nan
        if not self.low <= value <= self.high:  # False for NaN too.
            raise ValueError(f"Expected a number from {self.low:g} to {self.high:g}. Received {text[:20]!r}.")
        return value


@dataclass(frozen=True)
class Whole:
    """A whole number from `low` to `high`."""

    low: int
    high: int

    def write(self, value: int) -> str:
        return str(value)

    def read(self, text: str) -> int:
        if not (
            text.isascii()
            and text.removeprefix("-").isdecimal()
            and len(text) <= 9
            and self.low <= int(text) <= self.high
        ):
            raise ValueError(
                f"Expected a whole number from {self.low} to {self.high}. Received {text[:20]!r}."
            )
        return int(text)


@dataclass(frozen=True)
class Choice:
    """One of several words."""

    words: Collection[str]

    def write(self, value: str) -> str:
        return value

    def read(self, text: str) -> str:
        if text not in self.words:
            raise ValueError(f"Expected one of {', '.join(self.words)}. Received {text[:20]!r}.")
        return text


@dataclass(frozen=True)
class Name:
    """A name, of a model say; whoever uses it checks that there is such a one."""

    def write(self, value: str) -> str:
        return value

    def read(self, text: str) -> str:
        if not 0 < len(text) <= 200:
            raise ValueError(f"Expected a name of at most 200 characters. Received {len(text)}.")
        return text


@dataclass(frozen=True)
class Matching:
    """A text that matches a regular expression as a whole."""

    pattern: str

    def write(self, value: str) -> str:
        return value

    def read(self, text: str) -> str:
        if len(text) > 100 or not re.fullmatch(self.pattern, text):
            raise ValueError(f"Expected {self.pattern}. Received {text[:20]!r}.")
        return text


@dataclass(frozen=True)
class Yes:
    """Whether something is so."""

    def write(self, value: bool) -> str:
        return "yes" if value else "no"

    def read(self, text: str) -> bool:
        return Choice(("yes", "no")).read(text) == "yes"


@dataclass(frozen=True)
class Several:
    """Values of one kind, with commas between; from `fewest` to `most` of them."""

    of: Codec
    fewest: int
    most: int

    def write(self, value: tuple) -> str:
        return ",".join(map(self.of.write, value))

    def read(self, text: str) -> tuple:
        parts = text.split(",") if text else []
        if not self.fewest <= len(parts) <= self.most:
            raise ValueError(f"Expected {self.fewest} to {self.most} values. Received {text[:20]!r}.")
        return tuple(map(self.of.read, parts))


@dataclass(frozen=True)
class Table:
    """Values by what they belong to, {3: 1.25, 7: -0.5}, as "3:1.25,7:-0.5"; at most 128."""

    names: Codec
    of: Codec

    def write(self, value: dict) -> str:
        return ",".join(
            f"{self.names.write(name)}:{self.of.write(one)}" for name, one in sorted(value.items())
        )

    def read(self, text: str) -> dict:
        pairs = [part.partition(":") for part in text.split(",")]
        if len(pairs) > 128:
            raise ValueError("Expected at most 128 values. Received more.")
        return {self.names.read(name): self.of.read(one) for name, _, one in pairs}


class Strokes:
    """A drawing, `vae.drawing`."""

    def write(self, value: drawing.Strokes) -> str:
        return drawing.to_text(value)

    def read(self, text: str) -> drawing.Strokes:
        return drawing.from_text(text)


class Picture:
    """A digit, float32 (28, 28) in 256 shades of grey; equal to the last bit when it is read again."""

    def write(self, value: np.ndarray) -> str:
        shades = np.round(value * 255).astype(np.uint8)
        return base64.urlsafe_b64encode(zlib.compress(shades.tobytes(), 9)).decode().rstrip("=")

    def read(self, text: str) -> np.ndarray:
        if not len(text) <= MAX_PICTURE_TEXT:
            raise ValueError(
                f"Expected a picture of at most {MAX_PICTURE_TEXT} characters. Received {len(text)}."
            )
        try:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            unpacker = zlib.decompressobj()
            shades = unpacker.decompress(packed, IMAGE_PIXELS + 1)
        except (binascii.Error, zlib.error) as error:
            raise ValueError(f"Expected a picture. Received something else: {error}.") from error
        if len(shades) != IMAGE_PIXELS:
            raise ValueError(f"Expected {IMAGE_PIXELS} pixels. Received {len(shades)}.")
        return (np.frombuffer(shades, np.uint8).reshape(IMAGE_SHAPE) / 255).astype(np.float32)


def linked(name: str, codec: Codec, default: Any) -> Any:
    """A dataclass field that the address carries, under a name of its own, where it isn't the default."""
    metadata = {"name": name, "codec": codec}
    if isinstance(default, dict):
        return field(default_factory=default.copy, metadata=metadata)
    return field(default=default, metadata=metadata)


def linked_fields(part: Any) -> list[Field]:
    """The fields of a dataclass's object that the address carries."""
    return [one for one in fields(part) if "codec" in one.metadata]
