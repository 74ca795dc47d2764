"""A model as one file: what comes back, and what is refused without a trace."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest

from vae.checkpoints import load, model_folder
from vae.errors import CheckpointError
from vae.model_file import MOST_BYTES, pack_model, unpack_model

SHIPPED = model_folder("notebook")
CARD = (SHIPPED / "card.json").read_bytes()
WEIGHTS = (SHIPPED / "weights.npz").read_bytes()


def zipped(**contents: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_model_comes_back_as_it_was(tmp_path):
    unpack_model(pack_model(SHIPPED), tmp_path / "back")
    back, before = load(tmp_path / "back"), load("notebook")
    assert back.digest == before.digest and back.config == before.config
    assert [path.name for path in tmp_path.iterdir()] == ["back"]


def objects() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **{"encoder.0.kernel": np.array([{"a": 1}], dtype=object)})
    return buffer.getvalue()


def other_weights() -> bytes:
    with np.load(io.BytesIO(WEIGHTS)) as archive:
        arrays = dict(archive)
    name = next(iter(arrays))
    arrays[name] = arrays[name] + 1
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def tall_card() -> bytes:
    card = json.loads(CARD)
    card["config"]["network"]["latent_dim"] = 10**9
    return json.dumps(card).encode()


HOSTILE = {
    "no archive": b"PK? no",
    "empty": b"",
    "cut off": pack_model(SHIPPED)[:5_000],
    "leads elsewhere": zipped(**{"card.json": CARD, "weights.npz": WEIGHTS, "../evil": b"x"}),
    "absolute": zipped(**{"card.json": CARD, "weights.npz": WEIGHTS, "/tmp/evil": b"x"}),
    "one missing": zipped(**{"card.json": CARD}),
    "objects": zipped(**{"card.json": CARD, "weights.npz": objects()}),
    "a digest that doesn't fit": zipped(**{"card.json": CARD, "weights.npz": other_weights()}),
    "a card of another network": zipped(**{"card.json": tall_card(), "weights.npz": WEIGHTS}),
    "no card": zipped(**{"card.json": b"[]", "weights.npz": WEIGHTS}),
    "a bomb": zipped(**{"card.json": CARD, "weights.npz": bytes(MOST_BYTES + 1)}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_and_nothing_is_written(kind, tmp_path):
    with pytest.raises(CheckpointError):
        unpack_model(HOSTILE[kind], tmp_path / "runs" / "model")
    assert not list(tmp_path.rglob("evil"))
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_model_is_never_replaced(tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(CheckpointError, match="there already"):
        unpack_model(pack_model(SHIPPED), tmp_path / "there")
