"""The visitor's state and the address that carries it: what one writes the other reads, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.pages import ROOT, SEVEN, draw, messages, record, run_page
from ui.bench.canvas import from_record, to_record
from ui.link import Whole, linked, linked_fields
from ui.state import State
from vae import drawing
from vae.data import load_mnist


def a_state_with_everything_set() -> State:
    state = State(model="notebook", corruption="masking", level=0.37, seed=12, hole=(0.25, 1.0))
    state.noise_levels.count, state.noise_levels.span = 5, (0.1, 0.85)
    state.explorer.start, state.explorer.moves, state.explorer.focus = "test", {3: 1.25, 39: -3.0}, (7, 2)
    state.traversals.basis, state.traversals.row = "dimensions", 4
    state.digit_map.layout, state.digit_map.through = "plane", "digit"
    state.generate.what, state.generate.temperature, state.generate.example = "sum", 0.65, 9_999
    state.anomaly.what = "noisy"
    state.dial.kl_weight, state.dial.seed, state.dial.walk_to = 8.0, 5, 3
    state.lesson.in_depth, state.lesson.sampled, state.lesson.pull = True, {"loss": 3}, 45
    return state


def through_an_address(state: State) -> State:
    again = State()
    address = urlencode(state.to_link())
    assert again.from_link(dict(parse_qsl(address))) == []
    return again


def test_a_first_visit_needs_no_address():
    assert State().to_link() == {}


def test_every_setting_comes_back_from_the_address():
    state = a_state_with_everything_set()
    again = through_an_address(state)
    for part, other in zip(state._parts, again._parts, strict=True):
        for one in linked_fields(part):
            assert getattr(part, one.name) == getattr(other, one.name), one.name
    assert again.to_link() == state.to_link()


def test_a_part_with_linked_fields_is_carried_wherever_it_stands_in_the_state():
    @dataclass
    class Extra:
        size: int = linked("size", Whole(0, 9), 3)

    @dataclass
    class Larger(State):
        extra: Extra = field(default_factory=Extra)

    assert Larger(extra=Extra(7)).to_link() == {"size": "7"}
    again = Larger()
    assert again.from_link({"size": "8"}) == [] and again.extra.size == 8


def test_names_in_the_address_are_told_apart():
    names = [one.metadata["name"] for part in State()._parts for one in linked_fields(part)]
    assert len(names) == len(set(names) | {"test", "drawing", "picture"}) - 3


def test_a_drawing_comes_back_equal_to_the_pixel_in_at_most_600_characters():
    state = State()
    state.drawing.draw(from_record(record(SEVEN, ((90, 140), (190, 150)))))
    again = through_an_address(state)
    assert len(state.to_link()["drawing"]) <= 600
    np.testing.assert_array_equal(again.digit.image, state.digit.image)
    # The canvas sends it back as it got it, and nothing changes.
    again.drawing.draw(from_record(to_record(again.drawing.strokes)))
    np.testing.assert_array_equal(again.digit.image, state.digit.image)


def test_a_picture_comes_back_equal_to_the_last_bit():
    state = State(source="upload")
    state.take_picture(load_mnist("test").images[7] * 0.98, "seven.png")
    np.testing.assert_array_equal(through_an_address(state).digit.image, state.digit.image)


def test_a_test_digit_is_its_number():
    state = State()
    state.pick_test_digit(8300)
    assert state.to_link() == {"test": "8300"}
    assert through_an_address(state).digit.title == state.digit.title


@pytest.mark.parametrize(
    "link",
    [
        {"level": "nan"},
        {"level": "2"},
        {"level": "0.5" * 99},
        {"seed": "-1"},
        {"seed": "1e3"},
        {"seed": "٣"},
        {"noise": "<script>"},
        {"hole": "0.5"},
        {"moved": "1:2,2"},
        {"moved": "900:1"},
        {"test": "1000000"},
        {"drawing": "AAAA" * 1000},
        {"drawing": "\x00"},
        {"drawing": "____"},
        {"picture": "!!!!"},
        {"picture": "A" * 5000},
        {"walk": "ten"},
        {"what-is-this": "1"},
    ],
)
def test_what_can_not_be_read_leaves_the_default_and_is_counted(link):
    state = State()
    assert state.from_link(link) == list(link)
    assert state.to_link() == {}


def test_a_link_that_names_several_digits_gives_one_and_counts_the_others():
    state = State()
    state.drawing.draw([np.array(SEVEN, float)])
    drawn = state.to_link()["drawing"]
    assert State().from_link({"drawing": drawn, "test": "5"}) == ["drawing"]


def test_a_picture_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked():
    import base64
    import zlib

    bomb = base64.urlsafe_b64encode(zlib.compress(bytes(800_000))).decode()
    assert len(bomb) < 1200
    assert State().from_link({"picture": bomb}) == ["picture"]


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["drawing", "test", "picture", "level", "seed", "moved", "hole", "levels", "model", "first"]
        )
        | st.text(max_size=8),
        st.text(max_size=60) | st.from_regex(r"[-\w.:,]{1,40}", fullmatch=True),
        max_size=5,
    )
)
def test_no_address_raises_and_what_was_read_is_written_again(link):
    state = State()
    state.from_link(link)
    written = state.to_link()
    assert through_an_address(state).to_link() == written
    assert state.digit.image.shape == (28, 28)


def test_a_page_opened_by_a_link_shows_what_it_says_and_counts_what_it_does_not():
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["level"] = "0.8"
    app.query_params["test"] = "5"
    app.query_params["seed"] = "many"
    app.run()
    assert not app.exception
    state: State = app.session_state["state"]
    assert state.level == 0.8 and state.digit.title == "Test digit 5, a 1" and state.seed == 0
    assert "One setting of this link could not be used" in messages(app)


def test_a_link_to_a_model_that_is_not_here_says_so_and_takes_the_default():
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["model"] = "/etc/passwd"
    app.run()
    assert not app.exception
    assert "The link names a model that isn't here" in messages(app)
    assert app.session_state["state"].model == "calibrated"


def test_the_address_follows_a_settled_change():
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    draw(app, SEVEN)
    app.selectbox(key="state.corruption.0").set_value("speckle").run()
    state: State = app.session_state["state"]
    assert dict(app.query_params) == state.to_link()
    assert set(state.to_link()) == {"drawing", "noise"}


def test_going_back_restores_what_the_address_said():
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    draw(app, SEVEN)
    state: State = app.session_state["state"]
    state.address_written -= 10
    app.query_params.clear()
    app.run()
    assert state.drawing.strokes == () and state.digit.is_example


def test_a_rerun_with_the_address_of_a_moment_ago_undoes_nothing():
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    draw(app, SEVEN)
    state: State = app.session_state["state"]
    state.address_written += 10
    app.query_params.clear()
    app.run()
    assert len(state.drawing.strokes) == 1


def test_a_page_from_the_menu_keeps_the_settings_however_late_its_address_is_completed():
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["noise"] = "masking"
    app.run()
    app.query_params.clear()
    app.switch_page("pages/noise_levels.py").run()
    state: State = app.session_state["state"]
    for _ in range(2):
        state.address_written -= 10
        app.query_params.clear()
        app.run()
    assert state.corruption == "masking"


@pytest.mark.parametrize(
    "record_",
    [
        None,
        [],
        {"objects": "many"},
        {"objects": [None, 3, {"path": "M 1 2"}, {"path": [["M"]]}, {"path": [["Q", 1, 2, 3, 4]]}]},
        {
            "objects": [
                {"path": [["M", "x", 2]]},
                {"path": [["M", float("nan"), 2]]},
                {"path": [["M", 1e99, 2]]},
            ]
        },
        {"objects": [{"path": [["Z", 1, 2]]}, {"path": [[]]}, {"path": []}]},
    ],
)
def test_a_canvas_record_of_anything_else_holds_no_strokes(record_):
    assert from_record(record_) == []


def test_strokes_survive_the_canvas_unchanged():
    strokes = drawing.quantise(from_record(record(SEVEN)))
    again = from_record(to_record(strokes))
    assert [stroke.tolist() for stroke in again] == [stroke.tolist() for stroke in strokes]


def test_a_widget_gets_its_value_again_until_a_run_that_gave_it_has_surely_reached_the_browser():
    # A run that is cut short never delivers its widgets: the next one would make them anew, at their lowest.
    app = run_page()
    state: State = app.session_state["state"]
    key = next(slider.key for slider in app.slider if slider.label == "Noise level")
    assert key in state.given and app.slider(key=key).proto.set_value
    app.run()
    assert app.slider(key=key).proto.set_value and app.slider(key=key).value == state.level
    state.given[key] -= 10
    app.run()
    app.run()
    assert key not in state.given and not app.slider(key=key).proto.set_value
    app.slider(key=key).set_value(0.7).run()
    assert state.level == 0.7
