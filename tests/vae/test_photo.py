"""Uploads come out as the digit in them, as a choice of digits, or as one sentence that gives the true reason."""

import io
import struct
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests import photos
from tests.photos import correlation, encoded
from vae import picture_file
from vae.photo import MAX_CANDIDATES, PREVIEW_SIDE, read_picture
from vae.picture_file import MAX_BYTES, decode
from vae.preprocess import PreprocessError


@pytest.fixture(scope="module")
def mnist():
    with np.load("vae/assets/mnist.npz") as arrays:
        return arrays["x_test"]


def photo(name, seed=1):
    return photos.KINDS[name](photos.Writer(photos.drawn, np.random.default_rng(seed)))


class TestKinds:
    @pytest.mark.parametrize("name", photos.TESTED)
    def test_a_photo_is_read_right_or_refused_with_the_true_reason(self, name):
        made = photo(name, list(photos.KINDS).index(name))
        assert photos.verdict(name, made, read_picture) in ("right", "chosen", "refused")

    def test_at_least_sixty_kinds_are_tried(self):
        assert len(photos.TESTED) >= 60

    def test_the_oracle_tells_digits_of_different_classes_apart(self):
        rng = np.random.default_rng(0)
        clean = [
            photos.written(photos.plain(), photos.Writer(photos.drawn, rng), digit=digit).digits[0]
            for digit in range(10)
        ]
        others = [correlation(a, b) for a in clean for b in clean if a is not b]
        assert max(others) < photos.ALIKE


class TestMnistFormat:
    # Ink on the frame: 26, 3836 and 8300. The first hundred hold thick, thin and slanted ones.
    @pytest.mark.parametrize("index", [*range(0, 100, 5), 26, 3836, 8300])
    def test_an_mnist_digit_comes_back_to_the_last_bit_in_either_polarity(self, mnist, index):
        expected = mnist[index].astype(np.float32) / 255
        for pixels in (mnist[index], 255 - mnist[index]):
            findings = read_picture(encoded(pixels))
            assert findings.is_mnist
            np.testing.assert_array_equal(findings.candidates[0].digit, expected)

    def test_every_file_format_without_loss_and_every_mode_keeps_it_too(self, mnist):
        pixels = mnist[8300]
        expected = pixels.astype(np.float32) / 255
        grey = Image.fromarray(pixels)
        alpha = Image.merge("LA", (Image.new("L", (28, 28), 255), grey))
        files = {
            "colour": encoded(grey.convert("RGB")),
            "palette": encoded(grey.convert("P")),
            "opaque": encoded(grey.convert("RGBA")),
            "white on transparent": encoded(alpha),
            "16 bits": encoded(pixels.astype(np.uint16) * 257),
            "bmp": encoded(grey, "BMP"),
            "gif": encoded(grey, "GIF"),
            "tiff": encoded(grey, "TIFF"),
            "webp": encoded(grey.convert("RGB"), "WEBP", lossless=True),
            "enlarged by ten": encoded(pixels.repeat(10, 0).repeat(10, 1)),
        }
        for name, data in files.items():
            np.testing.assert_allclose(
                read_picture(data).candidates[0].digit, expected, atol=1e-7, err_msg=name
            )

    def test_it_can_be_turned(self, mnist):
        findings = read_picture(encoded(np.rot90(mnist[0], -1)), turns=1)
        np.testing.assert_array_equal(findings.candidates[0].digit, mnist[0].astype(np.float32) / 255)

    def test_a_blank_one_is_refused(self):
        with pytest.raises(PreprocessError, match=r"Nothing|few pixels"):
            read_picture(encoded(np.full((28, 28), 255, np.uint8)))


class TestFindings:
    def test_two_digits_are_a_choice_with_the_place_of_each(self):
        made = photo("2 digits, large")
        findings = read_picture(made.data)
        assert len(findings.candidates) == 2
        by_place = sorted(findings.candidates, key=lambda candidate: candidate.box[1])
        for candidate, digit in zip(by_place, made.digits, strict=True):
            assert correlation(candidate.digit, digit) > photos.ALIKE
            top, left, bottom, right = candidate.box
            inside = findings.preview[top:bottom, left:right].mean(axis=2)
            assert inside.min() < 90  # Ink.
            assert inside[0].max() - inside[0].min() > 30 or inside[:, 0].max() - inside[:, 0].min() > 30
        assert findings.candidates[0].score >= findings.candidates[1].score

    def test_digits_are_float32_of_28_by_28_whose_largest_value_is_one(self):
        digit = read_picture(photo("2 digits").data).candidates[0].digit
        assert digit.shape == (28, 28)
        assert digit.dtype == np.float32
        assert digit.min() >= 0
        assert digit.max() == 1

    def test_the_preview_is_the_upright_picture_at_most_640_pixels_long(self):
        findings = read_picture(photo("sideways").data, turns=1)
        assert findings.preview.dtype == np.uint8
        assert findings.preview.shape == (PREVIEW_SIDE, PREVIEW_SIDE * 3 // 4, 3)

    def test_four_turns_are_none_and_one_turns_counterclockwise(self):
        data = photo("2 digits").data
        whole, none = read_picture(data, turns=4), read_picture(data)
        np.testing.assert_array_equal(whole.preview, none.preview)
        turned = read_picture(data, turns=1)
        assert np.abs(turned.preview.astype(int) - np.rot90(none.preview).astype(int)).mean() < 2

    def test_more_than_ten_digits_ask_for_a_closer_photo(self):
        assert MAX_CANDIDATES == 10
        with pytest.raises(PreprocessError, match="closer"):
            read_picture(photo("14 digits").data)


class TestFiles:
    def test_only_the_first_frame_counts(self):
        page = Image.open(io.BytesIO(photo("format, PNG").data)).resize((300, 400))
        blank = Image.new("RGB", page.size, "white")
        expected = read_picture(encoded(page)).candidates[0].digit
        for kind in ("PNG", "WEBP", "GIF", "TIFF"):
            digit = (
                read_picture(encoded(page, kind, save_all=True, append_images=[blank])).candidates[0].digit
            )
            assert correlation(digit, expected) > 0.97, kind

    def test_a_sheet_with_transparency_around_it_goes_on_under_it(self):
        page = Image.open(io.BytesIO(photo("format, alpha").data)).resize((300, 400)).convert("RGBA")
        sheet = np.array(page)
        expected = read_picture(encoded(sheet)).candidates[0].digit
        sheet[:20, :, 3] = sheet[:, :20, 3] = 0
        assert correlation(read_picture(encoded(sheet)).candidates[0].digit, expected) > 0.97

    def test_a_damaged_exif_block_is_no_hindrance(self):
        page = Image.open(io.BytesIO(photo("format, PNG").data))
        read_picture(encoded(page, "JPEG", exif=b"Exif\0\0garbage"))

    def test_scipy_and_scikit_image_are_loaded_only_when_a_photo_comes(self):
        code = "import sys, vae.photo\nprint(sorted({'scipy', 'skimage', 'pillow_heif'} & set(sys.modules)))"
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert result.stdout.strip() == "[]"


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_header(width, height):
    """A tiny file that promises a huge picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(bytes(9)))


def random_pixels(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


class TestRefusals:
    @pytest.mark.parametrize(
        "data",
        [b"hello", b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', b"%PDF-1.7\n"],
        ids=["text", "svg", "pdf"],
    )
    def test_what_is_no_picture_is_called_so(self, data):
        with pytest.raises(PreprocessError, match="not a picture"):
            read_picture(data)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF"])
    def test_half_a_picture_is_called_damaged(self, kind):
        data = encoded(random_pixels(60, 40, 3), kind)
        with pytest.raises(PreprocessError, match="damaged"):
            read_picture(data[: len(data) // 2])

    def test_an_empty_file_is_refused(self):
        with pytest.raises(PreprocessError, match="empty"):
            read_picture(b"")

    def test_a_file_over_the_limit_is_refused(self):
        with pytest.raises(PreprocessError, match="larger than 25 MB"):
            read_picture(bytes(MAX_BYTES + 1))

    @pytest.mark.parametrize("size", [(4100, 4000), (11000, 9000), (60000, 60000)])
    def test_a_decompression_bomb_is_never_decoded(self, size, monkeypatch):
        monkeypatch.setattr(picture_file, "_pixels", lambda *_: pytest.fail("decoded"))
        with pytest.raises(PreprocessError, match="too many pixels"):
            read_picture(png_header(*size))

    @pytest.mark.parametrize(
        "data",
        [b"\xff\xd8" + b"\xff" * 2**21, png_header(30, 30)[:33] + png_chunk(b"abCd", b"") * 2**17],
        ids=["jpeg", "png"],
    )
    def test_a_file_of_a_million_tiny_pieces_is_given_up(self, data):
        start = time.process_time()
        with pytest.raises(PreprocessError, match="damaged"):
            read_picture(data)
        assert time.process_time() - start < 1

    def test_a_progressive_jpeg_of_a_thousand_scans_is_never_decoded(self, monkeypatch):
        monkeypatch.setattr(picture_file, "_pixels", lambda *_: pytest.fail("decoded"))
        data = encoded(random_pixels(40, 40, 3), "JPEG", progressive=True)
        with pytest.raises(PreprocessError, match="damaged"):
            read_picture(data + b"\xff\xda" * 1000)

    def test_a_large_progressive_jpeg_is_never_decoded_and_an_ordinary_one_is(self):
        pixels, rest = random_pixels(400, 400, 3), bytes(picture_file.MAX_PROGRESSIVE_BYTES)
        with pytest.raises(PreprocessError, match="is progressive and too large"):
            decode(encoded(pixels, "JPEG", progressive=True) + rest)
        assert decode(encoded(pixels, "JPEG") + rest).pixels.shape[:2] == (400, 400)

    def test_a_progressive_jpeg_whose_coefficients_would_fill_the_memory_is_never_decoded(self, monkeypatch):
        monkeypatch.setattr(picture_file, "_pixels", lambda *_: pytest.fail("decoded"))
        small = encoded(random_pixels(40, 40, 3), "JPEG", progressive=True, subsampling=0)
        frame = small.index(b"\xff\xc2") + 5  # Where its height and width stand.
        data = small[:frame] + struct.pack(">HH", 8000, 6200) + small[frame + 4 :]
        with pytest.raises(PreprocessError, match="progressive"):
            read_picture(data)

    @pytest.mark.parametrize(
        ("size", "mode", "kind", "saving"),
        [
            ((4000, 4000), "RGBA", "PNG", {"compress_level": 1}),
            ((4000, 4000), "RGB", "WEBP", {"lossless": True, "quality": 0, "method": 0}),
            ((8000, 6200), "L", "JPEG", {"progressive": True}),
        ],
        ids=["png", "webp", "progressive"],
    )
    def test_the_largest_pictures_are_decoded_in_less_than_250_mb(self, tmp_path, size, mode, kind, saving):
        (tmp_path / "picture").write_bytes(encoded(Image.new(mode, size), kind, **saving))
        code = (
            "import resource, sys\nfrom vae.picture_file import decode\n"
            "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "data = open(sys.argv[1], 'rb').read()\n"
            "before = peak()\ndecode(data)\nprint(peak() - before)"
        )
        command = [sys.executable, "-c", code, str(tmp_path / "picture")]
        result = subprocess.run(command, capture_output=True, text=True, check=True)
        assert int(result.stdout) / 1024 < 250

    def test_a_strip_20000_pixels_wide_is_refused(self):
        with pytest.raises(PreprocessError, match="too narrow"):
            read_picture(encoded(np.full((30, 20000), 255, np.uint8)))

    @pytest.mark.parametrize("pixels", [np.zeros((50, 50, 4), np.uint8), np.full((400, 300), 250, np.uint8)])
    def test_an_even_picture_has_nothing_in_it(self, pixels):
        with pytest.raises(PreprocessError, match="Nothing"):
            read_picture(encoded(pixels))

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"])
    def test_a_file_cut_off_anywhere_or_random_behind_its_header_gives_a_sentence(self, kind):
        rng = np.random.default_rng(0)
        data = encoded(random_pixels(40, 40, 3) // 8 + 100, kind)
        cuts = [data[:length] for length in range(1, len(data), max(97, len(data) // 40))]
        spoilt = [data[:length] + rng.bytes(500) for length in (12, 20, 30, 60, 100, 200, 400)]
        for file in cuts + spoilt:
            try:
                assert decode(file).pixels.shape[2] == 3
            except PreprocessError as error:
                assert str(error).endswith((".", ")."))

    @settings(max_examples=40, deadline=None)
    @given(
        kind=st.sampled_from(["PNG", "JPEG", "WEBP", "BMP"]),
        damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12),
        kept=st.floats(0, 1),
    )
    def test_a_damaged_file_gives_a_digit_or_a_sentence(self, kind, damage, kept):
        pixels = np.pad(np.zeros((30, 6), np.uint8), 20, constant_values=230)
        data = bytearray(encoded(pixels, kind))
        for place, value in damage:
            data[int(place * (len(data) - 1))] = value
        try:
            assert read_picture(bytes(data[: max(int(kept * len(data)), 1)])).candidates[0].digit.shape == (
                28,
                28,
            )
        except PreprocessError as error:
            assert str(error).endswith((".", ")."))
