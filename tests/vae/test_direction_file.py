"""Directions as files: what is saved comes back, and anything else is refused in a sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae import direction_file
from vae.errors import InputError

WAY = np.array([0.5, -1.25, 3.0], np.float32)
GOOD = {"format": direction_file.FORMAT, "name": "bolder", "model": "abc", "direction": [1, 2, 3]}


def test_a_saved_direction_comes_back():
    name, way = direction_file.read(direction_file.write("bolder", WAY, "abc").encode(), 3, "abc")
    assert name == "bolder"
    np.testing.assert_array_equal(way, WAY)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": "other"}, "as this page saves it"),
        ({"name": 5}, "as this page saves it"),
        ({"name": " "}, "as this page saves it"),
        ({"name": "x" * 61}, "as this page saves it"),
        ({"model": "xyz"}, "another model"),
        ({"direction": [1, 2]}, "3 numbers"),
        ({"direction": [1, 2, "3"]}, "3 numbers"),
        ({"direction": [1, 2, True]}, "3 numbers"),
        ({"direction": [1, 2, float("nan")]}, "3 numbers"),
        ({"direction": [1, 2, 1e9]}, "3 numbers"),
        ({"direction": 7}, "3 numbers"),
    ],
)
def test_what_is_no_direction_of_the_model_is_refused(change, reason):
    with pytest.raises(InputError, match=reason):
        direction_file.read(json.dumps(GOOD | change).encode(), 3, "abc")


@given(st.binary(max_size=200) | st.just(b"[" * 5000) | st.just(b"x" * 30_000))
def test_no_bytes_raise_anything_else(data):
    with pytest.raises(InputError):
        direction_file.read(data, 3, "abc")
