"""A drawing as a digit: alike at every size and place, and the same again after it has been written as text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae import drawing
from vae.data import load_mnist
from vae.errors import PreprocessError
from vae.preprocess import stroke_width

TURN = np.linspace(0, 2 * np.pi, 60)
ZERO = np.stack([140 + 70 * np.cos(TURN), 140 + 100 * np.sin(TURN)], axis=1)
points = st.lists(st.tuples(st.floats(-50, 330), st.floats(-50, 330)), min_size=1, max_size=40)
drawings = st.lists(points.map(lambda all_points: np.array(all_points)), min_size=1, max_size=5)


def test_a_digit_has_mnists_size_range_and_centre_of_mass():
    digit = drawing.drawing_to_digit([ZERO])
    assert digit.shape == (28, 28) and digit.dtype == np.float32
    assert digit.min() == 0 and digit.max() == 1
    down, right = np.mgrid[:28, :28]
    assert (digit * down).sum() / digit.sum() == pytest.approx(14, abs=0.05)
    assert (digit * right).sum() / digit.sum() == pytest.approx(14, abs=0.05)
    assert digit.max(axis=1).sum() == pytest.approx(20, abs=0.6)


@pytest.mark.parametrize("scale", [0.15, 0.5, 1.3])
@pytest.mark.parametrize("place", [(0, 0), (30, -12)])
def test_size_and_place_on_the_canvas_change_nothing(scale, place):
    moved = (ZERO - 140) * scale + 140 + np.array(place)
    np.testing.assert_allclose(drawing.drawing_to_digit([moved]), drawing.drawing_to_digit([ZERO]), atol=1e-6)


def test_strokes_are_as_thick_as_those_of_the_median_test_digit():
    def width(image):
        return stroke_width(np.pad(image.astype(float), 1))

    widths = [width(image) for image in load_mnist("test").images[:500]]
    assert np.percentile(widths, 35) < width(drawing.drawing_to_digit([ZERO])) < np.percentile(widths, 65)


def test_a_line_is_covered_as_far_as_the_pen_reaches():
    ink = np.zeros((40, 40))
    drawing._draw(ink, np.array([[10.0, 20.0], [30.0, 20.0]]), 4.0)
    # The area of a capsule: a rectangle and a disc.
    assert ink.sum() == pytest.approx(20 * 8 + np.pi * 4**2, rel=0.01)


@pytest.mark.parametrize(
    ("strokes", "reason"),
    [
        ([], drawing.EMPTY),
        ([np.array([[100, 100]])], drawing.SPECK),
        ([np.array([[100, 100], [119, 110]])], drawing.SPECK),
        ([np.array([(40 if n % 2 else 240, 40 + 8 * n) for n in range(26)])], drawing.BLOB),
    ],
)
def test_what_is_no_digit_is_refused_with_its_reason(strokes, reason):
    with pytest.raises(PreprocessError) as refused:
        drawing.drawing_to_digit(strokes)
    assert str(refused.value) == reason


def test_a_box_along_the_rim_is_a_digit():
    box = np.array([(0, 0), (280, 0), (280, 280), (0, 280), (0, 0)])
    assert drawing.drawing_to_digit(drawing.quantise([box.astype(float)])).max() == 1


@settings(max_examples=150, deadline=None)
@given(drawings)
def test_quantised_strokes_come_back_from_their_text_and_stay_as_they_are(strokes):
    try:
        quantised = drawing.quantise(strokes)
    except PreprocessError as refused:
        assert str(refused) == drawing.CROWDED
        return
    if not quantised:
        return
    text = drawing.to_text(quantised)
    assert len(text) <= drawing.MAX_TEXT
    for again in (drawing.from_text(text), drawing.quantise(drawing.from_text(text))):
        assert [stroke.tolist() for stroke in again] == [stroke.tolist() for stroke in quantised]


@settings(max_examples=100, deadline=None)
@given(points)
def test_what_is_cut_off_at_the_rim_lies_on_the_canvas_and_on_the_line(points):
    stroke = np.array(points)
    for part in drawing._clip(stroke):
        assert part.min() >= 0 and part.max() <= drawing.CANVAS_SIDE
        # Each point lies on a piece of the line: its distances to the piece's ends add up to the piece's length.
        for point in part:
            starts, ends = stroke, np.roll(stroke, -1, axis=0)
            detours = (
                np.hypot(*(starts - point).T) + np.hypot(*(ends - point).T) - np.hypot(*(starts - ends).T)
            )
            assert detours.min() < 1e-6


def test_a_stroke_that_leaves_and_comes_back_elsewhere_is_two():
    parts = drawing._clip(np.array([(100.0, 100.0), (400.0, 100.0), (400.0, 200.0), (100.0, 200.0)]))
    assert [part.tolist() for part in parts] == [[[100, 100], [280, 100]], [[280, 200], [100, 200]]]


@settings(max_examples=100, deadline=None)
@given(points, st.sampled_from([0.7, 2.0, 8.0]))
def test_a_simplified_line_stays_within_its_tolerance(points, tolerance):
    stroke = np.array(points)
    simple = drawing.simplify(stroke, tolerance)
    for point in stroke:
        starts, ways = simple[:-1], np.diff(simple, axis=0)
        if not len(ways):
            continue
        lengths = np.maximum((ways**2).sum(axis=1), 1e-12)
        along = np.clip(((point - starts) * ways).sum(axis=1) / lengths, 0, 1)
        far = np.hypot(*(starts + along[:, None] * ways - point).T)
        assert far.min() <= tolerance + 1e-9


def test_two_digits_side_by_side_are_told_from_one_in_several_strokes():
    one = np.array([(0, 0), (0, 100)])
    seven = np.array([(60, 0), (110, 0), (70, 100)])
    four = [np.array([(20, 0), (0, 60), (70, 60)]), np.array([(55, 30), (55, 100)])]
    five = [np.array([(10, 0), (5, 45), (50, 60), (5, 100)]), np.array([(15, 0), (60, 0)])]
    assert drawing.looks_like_several([one, seven])
    assert not drawing.looks_like_several([one])
    for single in (four, five, [ZERO, one]):
        assert not drawing.looks_like_several(single)


@pytest.mark.parametrize("text", ["", "A", "AAA", "AAAAA", "AAAA.", "AAAA.BB", "zzzz", "AAAAé", "AAAA" * 200])
def test_another_text_is_refused(text):
    with pytest.raises(ValueError, match="Expected"):
        drawing.from_text(text)
