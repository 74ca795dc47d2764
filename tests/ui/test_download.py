"""GIF files, read back with Pillow."""

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from ui.show.download import gif, there_and_back


@pytest.fixture
def frames():
    return np.random.default_rng(0).random((5, 28, 28), dtype=np.float32)


def read(file):
    image = Image.open(io.BytesIO(file))
    pixels = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(image)]
    return np.stack(pixels), image


def test_a_gif_holds_every_frame_grey_for_grey(frames):
    pixels, _ = read(gif(frames, fps=10, scale=1))
    np.testing.assert_array_equal(pixels, np.round(frames * 255))


def test_a_gif_enlarges_whole_pixels(frames):
    pixels, _ = read(gif(frames, fps=10, scale=3))
    np.testing.assert_array_equal(pixels[2], np.kron(np.round(frames[2] * 255), np.ones((3, 3))))


def test_a_gif_plays_at_its_speed_without_end(frames):
    _, image = read(gif(frames, fps=20))
    assert image.info["duration"] == 50
    assert image.info["loop"] == 0


def test_a_gif_of_one_frame_is_a_still_picture(frames):
    pixels, _ = read(gif(frames[:1], fps=10, scale=1))
    assert len(pixels) == 1


@pytest.mark.parametrize("fps", [0, -1, 51, float("nan")])
def test_a_speed_that_no_browser_plays_is_refused(frames, fps):
    with pytest.raises(ValueError, match="Expected fps"):
        gif(frames, fps)


def test_a_gif_without_frames_is_refused(frames):
    with pytest.raises(ValueError, match="Expected frames"):
        gif(frames[:0], fps=10)


def test_there_and_back_repeats_neither_end(frames):
    np.testing.assert_array_equal(there_and_back(frames), frames[[0, 1, 2, 3, 4, 3, 2, 1]])


def test_there_and_back_leaves_a_single_frame_alone(frames):
    np.testing.assert_array_equal(there_and_back(frames[:1]), frames[:1])
