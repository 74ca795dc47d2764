"""Models beyond the shipped ones: of any latent size, dead ones, and those of data of one's own, on every page."""

from __future__ import annotations

import html
import json
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.models import save_tiny, shapes
from tests.pages import ROOT, messages
from ui.state import STEPS, State
from vae.checkpoints import CARD, TEST_SET, load

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
OWN = shapes(30)
# By name: the size of the code, and the test pictures, from the fewest that there may be to many classes.
MODELS = {
    "latent-1": (1, shapes(7)),
    "latent-2": (2, shapes(2, classes=1)),
    "latent-128": (128, shapes(120, classes=60)),
    "dead": (8, OWN),
}


@pytest.fixture(scope="module", autouse=True)
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name, (latent_dim, test) in MODELS.items():
        save_tiny(folder / name, latent_dim, test, dead=name == "dead", table=name in ("latent-1", "dead"))
    save_tiny(folder / "own", 4, OWN)
    save_tiny(folder / "digits-1", 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_RUNS", str(folder))
        yield folder


def open_page(runs, name: str, page: str = "denoise", live: bool = False, **link: str) -> AppTest:
    """A page with a model, opened by a link."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["state"] = State(live=live)
    for key, value in {"model": str(runs / name), **link}.items():
        app.query_params[key] = value
    app.run()
    return app if page == "denoise" else app.switch_page(f"pages/{page}.py").run()


def live_data(app: AppTest, name: str) -> dict:
    """What Python tells a component that is told something by this name."""
    found = [json.loads(element.proto.json) for element in app.get("bidi_component") if element.proto.json]
    return next(data for data in found if name in data)


VARIANTS = {
    "digit_map": [{"map": layout} for layout in ("tsne", "components", "plane")],
    "generate": [{"make": "draw", "source": "codes"}, {"make": "morph", "start": "test"}, {"make": "sum"}],
    "latent_space": [{"from": start} for start in ("noisy", "mean", "test", "prior")],
    "traversals": [{"along": "components"}, {"along": "dimensions", "around": "mean"}],
    "anomaly": [{"judge": "digit"}, {"judge": "letters"}],
    "how_it_works": [{"step": step} for step in STEPS],
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", MODELS)
def test_every_page_opens_with_every_model_and_without_an_error(runs, name, page):
    variants = VARIANTS.get(page, [{}])
    # A number that none of them has, as an address of another model's may say.
    app = open_page(runs, name, page, live=True, test="5734", **variants[0])
    state: State = app.session_state["state"]
    for live, link in [(True, variants[0]), *((False, link) for link in variants)]:
        state.live = live
        assert state.from_link({"model": str(runs / name), "test": "5734", **link}) == []
        state.address = dict(app.query_params)
        app.run()
        assert not app.exception and not app.error, link
        assert state.model == str(runs / name)
        assert not re.search(r"\b(nan|inf)\b", messages(app)), link


def test_a_code_of_one_number_is_called_one_and_has_no_plane(runs):
    assert "into a single number and paints a clean digit from it" in messages(open_page(runs, "digits-1"))
    assert live_data(open_page(runs, "digits-1", live=True), "explain")["explain"] == "Code: a single number"
    assert "A digit is a single number here. The slider moves it." in messages(
        open_page(runs, "digits-1", "latent_space")
    )
    assert "This one holds 100% of the variance" in messages(open_page(runs, "digits-1", "latent_space"))
    app = open_page(runs, "digits-1", "digit_map", map="plane")
    assert "so all dots lie on a line" in messages(app)
    assert app.segmented_control(key="digit_map.digitmap.layout").options == ["Principal components"]
    assert (
        "A single number becomes a picture".lower()
        in open_page(runs, "digits-1", "how_it_works", step="decoder").header[0].value.lower()
    )


def test_a_path_of_codes_of_one_number_has_a_second_axis_that_stays_at_0(runs):
    data = live_data(open_page(runs, "latent-1", "noise_levels", live=True), "origin")
    assert data["origin"][1] == 0 and data["titles"][1] == "" and data["count"] == 7
    assert data["words"]["classes"] == ["class 0", "class 7", "class 14"]
    assert data["words"]["turn"] == "{what} from level {level}"


def test_the_example_and_the_picker_have_the_models_own_test_pictures(runs):
    app = open_page(runs, "own", test="4")
    np.testing.assert_array_equal(
        app.session_state["state"].digit.image, load(runs / "own").test_set().images[4]
    )
    assert app.session_state["state"].digit.title == "Test picture 4, class 7"
    assert app.session_state["state"].example.title == "Test picture 0, class 0 (an example)"
    assert app.number_input(key="state.test_index.29").label == "Test picture, 0 to 29"
    pills = app.pills(key="random-class")
    assert pills.options == ["0", "7", "14"]
    pills.set_value(14).run()
    assert OWN.labels[app.session_state["state"].test_index] == 14


def test_many_classes_are_picked_from_a_list(runs):
    app = open_page(runs, "latent-128", test="0")
    app.selectbox(key="random-class").set_value(406).run()
    assert not app.exception and app.session_state["state"].test_index in (58, 118)


def test_a_number_beyond_the_test_pictures_gives_the_default_and_a_sentence_until_another_model_has_it(runs):
    app = open_page(runs, "own", test="8300")
    state = app.session_state["state"]
    assert state.digit.title == "Test picture 0, class 0"
    said = "There is no test picture 8,300: this model's go from 0 to 29. Here is number 0 instead."
    assert said in messages(app)
    state.model = "notebook"
    app.run()
    assert not app.exception and state.digit.title.startswith("Test digit 8300") and said not in messages(app)
    state.model = str(runs / "own")
    app.run()
    assert not app.exception and state.digit.title == "Test picture 0, class 0"
    app.number_input(key="state.test_index.29").set_value(5).run()
    assert state.digit.title == "Test picture 5, class 14" and "no test picture" not in messages(app)


@pytest.mark.parametrize(
    "page, link",
    [
        ("latent_space", {"from": "test", "from-test": "8300"}),
        ("generate", {"make": "morph", "end-test": "8300"}),
        ("generate", {"make": "sum", "onto": "8300"}),
    ],
)
def test_every_page_that_asks_for_a_number_says_so_too(runs, page, link):
    assert "There is no test picture 8,300" in messages(open_page(runs, "own", page, **link))


def test_the_gallery_and_the_map_show_the_models_own_pictures_and_classes(runs, monkeypatch):
    served = {}

    def serve(data, name, kind=""):
        served[f"/{name}"] = data
        return f"/{name}"

    for module in ("ui.components.live", "ui.components.digit_map"):
        monkeypatch.setattr(f"{module}.media_url", serve)
    gallery = live_data(open_page(runs, "latent-1", live=True), "noun")
    expected = np.round(MODELS["latent-1"][1].images * 255).tobytes()
    assert (
        np.frombuffer(served[gallery["digits"]["url"]], np.uint8).astype(float).tobytes()
        == np.frombuffer(expected, np.float32).astype(float).tobytes()
    )
    data = live_data(open_page(runs, "own", "digit_map", live=True), "points")
    assert data["names"] == ["0", "7", "14"] and data["called"] == ["class 0", "class 7", "class 14"]
    np.testing.assert_array_equal(np.frombuffer(served[data["labels"]], "<u2"), OWN.labels // 7)
    assert len(served[data["points"]]) == 4 * len(OWN.labels)


def test_what_belongs_to_digits_is_left_out_with_a_sentence(runs):
    app = open_page(runs, "own", "anomaly", judge="letters")
    assert app.segmented_control(key="anomaly.anomaly.what").options == ["My picture", "My picture, noisy"]
    assert "say nothing about this model" in messages(app) and "of the test pictures" in messages(app)
    app = open_page(runs, "own", "generate", make="sum")
    captions = "".join(element.proto.body for element in app.get("html"))
    assert "− class 0" in captions and "+ class 0" in captions and "leans" not in captions
    assert "This model was trained on other pictures" in messages(open_page(runs, "own", "how_it_works"))


# The siblings on the dial were trained on digits, whatever model is picked, and the lesson's steps name no model.
@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("kl_dial", "lesson")])
def test_no_page_calls_the_models_own_pictures_digits(runs, page):
    said = messages(open_page(runs, "own", page, test="3"))
    assert not re.search(r"(test|training) digits?\b", said)


def test_the_picker_says_what_each_model_is_and_what_own_data_it_knows(runs):
    damaged = save_tiny(runs / "no-card", 3)
    (damaged / CARD).write_text("{")
    app = open_page(runs, "own")
    options = app.segmented_control(key="state.model.0").options
    said = [html.unescape(option).replace("\N{WORD JOINER}", "") for option in options]
    assert said[:2] == ["calibrated: every noise level, KL", "notebook: one noise level, no KL"]
    assert "own (trained here): one noise level, KL, on own" in said
    assert "digits-1 (trained here): one noise level, KL" in said
    assert "no-card (trained here)" in said


def test_test_pictures_that_are_damaged_are_a_message_and_not_a_traceback(runs):
    folder = save_tiny(runs / "damaged", 5, shapes(9))
    for damaged in ({"images": np.zeros((9, 20, 28)), "labels": np.zeros(9, int)}, {"images": OWN.images}):
        np.savez(folder / TEST_SET, **damaged)
        app = open_page(runs, "damaged")
        assert not app.exception
        assert "Expected the test pictures of damaged" in app.error[0].value
