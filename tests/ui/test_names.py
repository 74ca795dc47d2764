"""A run that is called like markup is shown on every page as the letters that its name is."""

from __future__ import annotations

import dataclasses
import html

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import ROOT
from ui.state import State
from vae import checkpoints
from vae.config import Config, Network, Objective
from vae.latent import PrincipalComponents
from vae.layers import Dense, Flatten

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
MARKDOWN, HTML = "![x](http://evil.example/x.png) **b** :smile:", "<img src=x onerror=alert(1)>"
NAME = f"{MARKDOWN} {HTML}"
FOLDER = NAME.replace("/", "")  # No folder's name holds a slash, but what a model is called might.


def save_run(folder) -> None:
    """Saves a tiny model with weights drawn by chance, and no KL term, so that the pages say so."""
    network = Network((Flatten(), Dense(4)), (Dense(784, "sigmoid"),), latent_dim=6)
    config = Config(network, objective=Objective(kl_weight=0.0))
    rng = np.random.default_rng(0)
    weights = {
        name: rng.normal(0, 0.1, shape).astype(np.float32) for name, shape in network.weight_shapes().items()
    }
    components = PrincipalComponents.fit(rng.standard_normal((20, 6)))
    checkpoints.save(folder, config, weights, components, rng.random(6), {"decoder_variance": 0.01})


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The folder of a run that is called `NAME`."""
    monkeypatch.setenv("VAE_RUNS", str(tmp_path))
    folder = tmp_path / FOLDER
    save_run(folder)
    read = checkpoints.load

    def load(model):
        found = read(model)
        return dataclasses.replace(found, name=NAME) if found.folder == folder else found

    monkeypatch.setattr("ui.cache.load", load)
    return folder


def strings(message):
    """Every text in a protobuf message, with the field that holds it."""
    for field, value in message.ListFields():
        several = value if field.is_repeated else [value]
        for one in several:
            if field.type == field.TYPE_MESSAGE and hasattr(one, "ListFields"):
                yield from strings(one)
            elif field.type == field.TYPE_STRING:
                yield field.name, one


def elements(block):
    for child in block.children.values():
        yield from elements(child) if hasattr(child, "children") else [child]


# JSON goes to scripts, which set `textContent`: a browser test holds that.
SCRIPTED = ("bidi_component", "vega_lite_chart", "arrow_vega_lite_chart")


@pytest.mark.parametrize("page", PAGES)
def test_no_element_holds_a_name_as_markup(page, run):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["state"] = State(live=False, model=str(run))
    app.run()
    if page != "denoise":
        app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    assert app.session_state["state"].model == str(run)
    found, plainly = [], 0
    for element in (one for block in app._tree.children.values() for one in elements(block)):
        if element.type in SCRIPTED:
            continue
        markup = HTML if element.type == "html" else MARKDOWN  # HTML knows no Markdown.
        for field, text in strings(element.proto):
            if field == "id":
                continue
            if markup in text or markup.replace("/", "") in text or HTML in text:
                found.append((element.type, field, text[:200]))
            shown = html.unescape(text).replace("\N{WORD JOINER}", "")
            plainly += NAME in shown or FOLDER in shown
    assert not found
    assert plainly  # At least in the bench.
