"""The ten class colours, told apart under each colour vision deficiency."""

import numpy as np
import pytest

from ui.show.colours import CLASS_COLOURS

# What a full deficiency makes of linear RGB. Source: Machado, Oliveira and Fernandes, "A
# Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009, table 1
# (severity 1.0).
VISIONS = {
    "typical": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.mark.parametrize("vision", VISIONS)
def test_any_two_class_colours_differ_clearly(vision):
    colour = pytest.importorskip("skimage.color")
    rgb = np.array([[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in CLASS_COLOURS])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(VISIONS[vision]).T, 0, 1)
    seen = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    lab = colour.rgb2lab(seen[None])[0]
    apart = colour.deltaE_ciede2000(lab[:, None], lab[None])
    # 2.3 is just noticeable side by side; dots far from each other need several times that.
    assert apart[~np.eye(10, dtype=bool)].min() > 10


def test_there_is_one_colour_for_each_digit():
    assert len(set(CLASS_COLOURS)) == 10
