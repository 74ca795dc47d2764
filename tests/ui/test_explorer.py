"""The explorer's state: what stays, what moves, and the way back."""

import numpy as np
import pytest

from ui.state import REACH, Explorer
from vae.latent import PrincipalComponents


@pytest.fixture
def components():
    return PrincipalComponents.fit(
        np.random.default_rng(0).standard_normal((200, 6)) * [3, 2.5, 2, 1, 0.5, 0]
    )


@pytest.fixture
def code():
    return np.array([1, -2, 0.3, 0.7, 0.1, 5], np.float32)


@pytest.fixture
def explorer(components, code):
    explorer = Explorer(shown=3)
    explorer.begin(code, components)
    return explorer


def test_sliders_that_stand_at_the_start_give_the_very_same_code(explorer, components, code):
    np.testing.assert_array_equal(explorer.current_code(), code)


def test_sliders_stand_at_the_coordinates_of_the_start_to_half_a_step(explorer, components, code):
    np.testing.assert_allclose(explorer.positions, components.standardise(code[None])[0], atol=0.026)


def test_a_slider_moves_its_own_coordinate_alone(explorer, components, code):
    explorer.put(1, 2.0)
    change = components.standardise(explorer.current_code()[None] - code + components.mean)[0]
    np.testing.assert_allclose(change, [0, 2 - explorer.origin[1], 0, 0, 0, 0], atol=1e-4)


def test_what_lies_beyond_a_sliders_reach_is_kept(components):
    far = components.restore(np.array([[30.0, 0, 0, 0, 0, 0]]))[0].astype(np.float32)
    explorer = Explorer()
    explorer.begin(far, components)
    assert explorer.positions[0] == REACH
    np.testing.assert_array_equal(explorer.current_code(), far)


def test_the_same_start_again_leaves_the_sliders_alone(explorer, components, code):
    explorer.put(0, 2.0)
    explorer.begin(code.copy(), components)
    assert explorer.positions[0] == 2


def test_another_start_takes_the_sliders_along(explorer, components, code):
    explorer.put(0, 2.0)
    explorer.begin(code + 1, components)
    np.testing.assert_array_equal(explorer.current_code(), code + 1)
    assert not explorer.history


def test_undo_takes_back_one_move_after_the_other(explorer):
    start = explorer.positions
    explorer.put(0, 2.0)
    explorer.put(1, -1.0)
    explorer.undo()
    assert explorer.positions[0] == 2 and explorer.positions[1] == start[1]
    explorer.undo()
    np.testing.assert_array_equal(explorer.positions, start)
    explorer.undo()
    np.testing.assert_array_equal(explorer.positions, start)


def test_one_slider_is_reset_and_the_other_stays(explorer):
    explorer.put(0, 2.0)
    explorer.put(1, -1.0)
    explorer.reset(0)
    assert set(explorer.moves) == {1}


def test_resetting_all_can_be_undone(explorer, components, code):
    explorer.put(0, 2.0)
    explorer.put(1, -1.0)
    explorer.reset()
    np.testing.assert_array_equal(explorer.current_code(), code)
    explorer.undo()
    assert explorer.positions[0] == 2 and explorer.positions[1] == -1


def test_a_move_to_where_a_slider_stands_is_no_step_to_undo(explorer):
    explorer.put(0, explorer.positions[0])
    assert not explorer.history


def test_the_strongest_components_are_listed_after_those_in_focus(explorer):
    assert explorer.listed == [0, 1, 2]
    explorer.focus = (4, 1)
    assert explorer.listed == [4, 1, 0, 2]


def test_a_model_with_fewer_components_has_fewer_sliders(explorer):
    explorer.focus = (5,)
    small = PrincipalComponents.fit(np.random.default_rng(0).standard_normal((50, 2)))
    explorer.begin(np.zeros(2, np.float32), small)
    assert explorer.listed == [0, 1]
