"""The test pictures that go with a model, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vae.data import Digits
from vae.neighbours import SearchSet, image_search_set

# How many stand in the landing page's gallery, as in the notebook.
GALLERY = 10


@dataclass(frozen=True)
class TestSet:
    """The test pictures of the data that a model was trained on. All visitors share them: never write to any of it.

    Attributes:
        images: float32 (n, 28, 28) in [0, 1].
        labels: Whole numbers from 0, (n,).
        are_digits: Whether they are MNIST's, whose labels are the digits that they show.
        key: Tells them from those of other data, for caches.
    """

    __test__ = False  # For pytest, which takes it for a class of tests by its name.

    images: np.ndarray
    labels: np.ndarray
    are_digits: bool
    key: str

    @classmethod
    def of(cls, pictures: Digits, key: str = "MNIST") -> TestSet:
        """Takes pictures over, which nobody can change from then on; MNIST's have a key of their own."""
        for array in pictures:
            array.setflags(write=False)
        return cls(*pictures, key == "MNIST", key)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def noun(self) -> str:
        """What one of them is."""
        return "digit" if self.are_digits else "picture"

    def words(self, text: str) -> str:
        """A text about digits as it is true for these: of other data it speaks of pictures."""
        return text if self.are_digits else text.replace("digit", "picture").replace("Digit", "Picture")

    @cached_property
    def classes(self) -> list[int]:
        """The labels that there are, ascending."""
        return np.unique(self.labels).tolist()

    @cached_property
    def ranks(self) -> np.ndarray:
        """The place of each one's label among `classes`, as a browser takes it, uint16 (n,)."""
        return np.searchsorted(self.classes, self.labels).astype("<u2")

    def class_name(self, label: int) -> str:
        """What one of a class is: "a 7", or "class 7" where labels are mere numbers."""
        if not self.are_digits:
            return f"class {label}"
        return f"an {label}" if label == 8 else f"a {label}"

    def of_class(self, label: int) -> np.ndarray:
        """The numbers of all of one class."""
        return np.flatnonzero(self.labels == label)

    def number(self, wanted: int, default: int = 0) -> int:
        """The number of a picture: the wanted one, or the default where there is none of that number."""
        return wanted if 0 <= wanted < len(self) else min(default, len(self) - 1)

    def title(self, index: int) -> str:
        """What one of them is, for a caption: "Test digit 12, a 9"."""
        return self.words(f"Test digit {index}, {self.class_name(int(self.labels[index]))}")

    @cached_property
    def search_set(self) -> SearchSet:
        """The pictures, prepared for searches among them."""
        return image_search_set(self.images)

    @cached_property
    def gallery(self) -> bytes:
        """The gallery's pictures, one byte a pixel."""
        return (self.images[:GALLERY] * 255).round().astype(np.uint8).tobytes()
