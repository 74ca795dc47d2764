"""The figures as files, and the command that draws them."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vae import __main__ as cli
from vae import load, load_mnist
from vae.data import Digits

figures = pytest.importorskip(
    "vae.figures", reason="matplotlib is not installed", exc_type=ModuleNotFoundError
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def model():
    return load("notebook")


@pytest.fixture(scope="module")
def digits():
    images, labels = load_mnist("test")
    return Digits(images[:100], labels[:100])


def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def drawn(model, digits):
    return dict(figures.draw(model, digits, 0))


def test_a_model_with_a_history_has_every_figure(drawn):
    assert list(drawn) == list(figures.FIGURES)


def test_a_model_without_a_history_has_all_but_the_loss(model, digits):
    bare = replace(model, card={})
    assert [name for name, _ in figures.draw(bare, digits, 0)] == [
        name for name in figures.FIGURES if name != "loss"
    ]


def mosaic(figure) -> np.ndarray:
    return np.asarray(figure.axes[0].images[0].get_array())


def test_a_gallery_shows_each_picture_in_its_place():
    pictures = np.random.default_rng(1).random((3, 5, 28, 28), dtype=np.float32)
    shown = mosaic(figures.gallery(pictures, [], [], ""))
    for row in range(3):
        for column in range(5):
            cell = shown[29 * row : 29 * row + 28, 29 * column : 29 * column + 28]
            np.testing.assert_array_equal(cell, pictures[row, column])


def test_the_denoising_gallery_shows_what_the_model_makes_of_the_noisy_row(drawn, model, digits):
    shown = mosaic(drawn["denoising"])
    rows = [
        np.stack([shown[29 * r : 29 * r + 28, 29 * c : 29 * c + 28] for c in range(10)]) for r in range(3)
    ]
    np.testing.assert_array_equal(rows[0], digits.images[:10])
    np.testing.assert_allclose(rows[2], model.vae.denoise(np.asarray(rows[1])), atol=1e-5)


def test_a_traversal_passes_through_the_digit_at_its_middle(drawn, model, digits):
    shown = mosaic(drawn["traversals"])
    expected = model.vae.denoise(digits.images[0])
    for row in range(figures.TRAVERSED):
        cell = shown[29 * row : 29 * row + 28, 29 * 5 : 29 * 5 + 28]
        np.testing.assert_allclose(cell, expected, atol=1e-5)


def test_the_variance_of_all_components_is_all_of_it(drawn, model):
    bars, total = drawn["component-variance"].axes
    heights = [patch.get_height() for patch in bars.patches]
    np.testing.assert_allclose(heights, 100 * model.components.explained_variance_ratio)
    assert total.lines[0].get_ydata()[-1] == pytest.approx(100, abs=1e-3)


def test_the_loss_curve_holds_each_epoch_of_the_card(drawn, model):
    line = drawn["loss"].axes[0].lines[0]
    assert list(line.get_ydata()) == [epoch["loss"] for epoch in model.card["training"]["history"]]


def test_a_validation_loss_in_the_card_is_drawn_too(model, digits):
    history = [{**epoch, "validation_loss": 0.01} for epoch in model.card["training"]["history"]]
    figure = figures.loss_curves(replace(model, card={"training": {"history": history}}), digits, rng())
    assert "validation loss" in [line.get_label() for line in figure.axes[0].lines]


def test_codes_of_one_dimension_are_drawn_on_a_line(model, digits):
    class OneNumber:
        def encode(self, images):
            return model.vae.encode(images)._replace(z_mean=images.mean(axis=(1, 2))[:, None])

    from vae.latent import PrincipalComponents

    components = PrincipalComponents.fit(digits.images.mean(axis=(1, 2))[:, None])
    figure = figures.codes_scatter(replace(model, vae=OneNumber(), components=components), digits, rng())
    assert all((dots.get_offsets()[:, 1] == 0).all() for dots in figure.axes[0].collections)


SIGNATURES = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


def test_the_command_writes_every_figure_and_never_loads_pyplot(tmp_path):
    code = (
        "import sys\nfrom vae import __main__ as cli\n"
        f"assert cli.main(['figures', 'notebook', {str(tmp_path / 'out')!r}]) == 0\n"
        "assert 'matplotlib' in sys.modules\nassert 'matplotlib.pyplot' not in sys.modules"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert sorted(path.stem for path in (tmp_path / "out").iterdir()) == sorted(figures.FIGURES)
    assert len(result.stdout.splitlines()) == len(figures.FIGURES)


@pytest.mark.parametrize("suffix", SIGNATURES)
def test_a_figure_is_written_in_each_format_the_same_each_time(tmp_path, model, digits, suffix):
    for name in ("first", "second"):
        figures.save(figures.noise_levels_gallery(model, digits, rng()), tmp_path / f"{name}.{suffix}")
    first, second = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in ("first", "second"))
    assert first.startswith(SIGNATURES[suffix])
    assert first == second


def test_wrong_inputs_are_one_sentence_before_anything_is_drawn(tmp_path, capsys):
    (tmp_path / "loss.png").touch()
    for arguments, words in [
        (("nowhere", tmp_path), "Expected a trained model"),
        (("notebook", tmp_path), "loss.png, which exists"),
        (("notebook", tmp_path / "loss.png"), "exists"),
        (("notebook", tmp_path / "new", "--seed", "-1"), "Expected a seed of 0 or more"),
    ]:
        assert cli.main(["figures", *map(str, arguments)]) == 2
        captured = capsys.readouterr()
        assert words in captured.err
        assert captured.err.count("\n") == 1
        assert captured.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["loss.png"]


def test_without_matplotlib_the_command_says_how_to_install_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "vae.figures")
    monkeypatch.delattr("vae.figures")
    assert cli.main(["figures", "notebook", str(tmp_path / "out")]) == 2
    assert 'pip install ".[figures]"' in capsys.readouterr().err
