"""Picture files in and out, and the command that denoises them."""

import numpy as np
import pytest
from PIL import Image

from vae import __main__ as cli
from vae import corruptions, load, load_mnist, metrics
from vae.batch_files import pair_files, read_digit, read_digits, write_digit
from vae.errors import InputError, PreprocessError

NOISE_SEED = 3


@pytest.fixture(scope="module")
def clean():
    return load_mnist("test").images[:40]


@pytest.fixture(scope="module")
def noisy(clean):
    spoilt = corruptions.corrupt(clean, "gaussian", 0.5, np.random.default_rng(NOISE_SEED))
    return np.round(spoilt * 255).astype(np.float32) / 255  # As a file keeps it.


@pytest.fixture
def folder(tmp_path, noisy):
    """A folder with 40 noisy digits, some of them in a folder in it, beside a file that is no picture."""
    for n, image in enumerate(noisy):
        write_digit(tmp_path / "in" / ("deep" if n % 3 else ".") / f"{n:02}.png", image)
    (tmp_path / "in" / "notes.txt").write_text("No picture")
    return tmp_path / "in"


def failure(capsys, *arguments) -> str:
    assert cli.main(["denoise", *map(str, arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_a_digit_comes_back_from_its_file_as_it_was(tmp_path, noisy):
    write_digit(tmp_path / "a.png", noisy[0])
    np.testing.assert_array_equal(read_digit(tmp_path / "a.png"), noisy[0])
    np.testing.assert_allclose(read_digit(tmp_path / "a.png", invert=True), 1 - noisy[0], atol=1e-7)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "LA"])
def test_every_kind_of_png_holds_the_same_digit(tmp_path, clean, mode):
    black_and_white = (clean[0] > 0.5).astype(np.float32)
    Image.fromarray(np.uint8(255 * black_and_white)).convert(mode).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_digit(tmp_path / "a.png"), black_and_white)


def test_sixteen_bits_are_as_bright_as_eight(tmp_path, clean):
    Image.fromarray(np.uint16(np.round(65535 * clean[0]))).save(tmp_path / "a.png")
    np.testing.assert_allclose(read_digit(tmp_path / "a.png"), clean[0], atol=1e-5)


def test_a_transparent_ground_is_background(tmp_path, clean):
    ink = np.zeros((28, 28, 4), np.uint8)
    ink[..., :3], ink[..., 3] = 255, np.round(255 * clean[0])
    Image.fromarray(ink).save(tmp_path / "a.png")
    np.testing.assert_allclose(read_digit(tmp_path / "a.png"), clean[0], atol=1.5 / 255)


def test_a_large_picture_is_prepared_as_a_photo_whatever_its_polarity(tmp_path, clean):
    large = np.kron(clean[0], np.ones((10, 10), np.float32))
    for name, pixels in {"light": large, "dark": 1 - large}.items():
        Image.fromarray(np.uint8(255 * pixels)).save(tmp_path / f"{name}.png")
        assert metrics.psnr(read_digit(tmp_path / f"{name}.png")[None], clean[:1])[0] > 15


def test_the_files_of_a_folder_are_those_that_denoising_the_arrays_gives(folder, tmp_path, noisy, capsys):
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    assert cli.main(["denoise", str(folder), str(tmp_path / "out"), "--model", "notebook"]) == 0
    assert "Denoised 40 pictures with notebook" in capsys.readouterr().out
    expected = load("notebook").vae.denoise(noisy)
    files = sorted((tmp_path / "out").rglob("*.*"), key=lambda path: path.name)
    assert [path.relative_to(tmp_path / "out") for path in files] == [
        path.relative_to(folder) for path in sorted(folder.rglob("*.png"), key=lambda path: path.name)
    ]
    np.testing.assert_allclose(read_digits(files), expected, atol=0.51 / 255)


def test_one_file_goes_to_a_file_of_any_format_or_into_a_folder(folder, tmp_path, clean, capsys):
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    (tmp_path / "out").mkdir()
    for target in ("a.png", "new/b.BMP", "out"):
        assert cli.main(["denoise", str(folder / "00.png"), str(tmp_path / target)]) == 0
    written = [tmp_path / name for name in ("a.png", "new/b.BMP", "out/00.png")]
    images = read_digits(written)
    np.testing.assert_array_equal(images[0], images[1])
    np.testing.assert_array_equal(images[0], images[2])
    assert (
        metrics.psnr(images[:1], clean[:1])[0]
        > metrics.psnr(read_digit(folder / "00.png")[None], clean[:1])[0] + 5
    )


def test_dark_on_light_is_denoised_alike_when_told(folder, tmp_path, capsys):
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    write_digit(tmp_path / "dark.png", 1 - read_digit(folder / "00.png"))
    cli.main(["denoise", str(tmp_path / "dark.png"), str(tmp_path / "from-dark.png"), "--invert"])
    cli.main(["denoise", str(folder / "00.png"), str(tmp_path / "from-light.png")])
    light, dark = read_digits([tmp_path / "from-light.png", tmp_path / "from-dark.png"])
    np.testing.assert_allclose(light, dark, atol=1.01 / 255)


def test_wrong_inputs_are_one_sentence_and_nothing_is_written(folder, tmp_path, capsys):
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    one = folder / "00.png"
    assert "does not exist" in failure(capsys, tmp_path / "nowhere", tmp_path / "out")
    assert "There are none" in failure(capsys, tmp_path / "empty", tmp_path / "out")
    assert "ends with one of .png" in failure(capsys, one, tmp_path / "out.gif")
    assert "ends with one of .png" in failure(capsys, one, tmp_path / "out")
    assert "which exists" in failure(capsys, one, folder / "deep" / "01.png")
    assert "outside" in failure(capsys, folder, folder)
    assert "outside" in failure(capsys, folder, folder / "out")
    assert "a file" in failure(capsys, folder, tmp_path / "file")
    assert "Expected a trained model" in failure(capsys, one, tmp_path / "out.png", "--model", "nowhere")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_stop_says_that_files_may_be_there(folder, tmp_path, capsys, monkeypatch):
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    written = []

    def stop_at_the_fifth(path, image):
        if len(written) == 4:
            raise KeyboardInterrupt
        written.append(path)

    monkeypatch.setattr("vae.batch_files.write_digit", stop_at_the_fifth)
    assert cli.main(["denoise", str(folder), str(tmp_path / "out")]) == 130
    assert capsys.readouterr().err.startswith("Stopped. Files written so far are complete")


def test_damaged_files_are_named_and_counted_and_nothing_is_written(folder, tmp_path, capsys):
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    for name in ("40", "41", "42"):
        (folder / f"{name}.png").write_bytes((folder / "00.png").read_bytes()[:60])
    Image.new("L", (200, 200), 255).save(folder / "43.png")  # A sheet of paper with nothing on it.
    message = failure(capsys, folder, tmp_path / "out")
    assert "40.png" in message
    assert "3 more" in message
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    with pytest.raises(PreprocessError, match=r"43\.png: Nothing stands out"):
        read_digit(folder / "43.png")


def test_two_pictures_that_would_become_one_file_are_refused(folder, tmp_path):
    Image.open(folder / "00.png").save(folder / "00.bmp")
    with pytest.raises(InputError, match="different names"):
        pair_files(folder, tmp_path / "out")
