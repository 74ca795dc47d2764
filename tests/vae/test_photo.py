"""Uploads, phone photos included, come out as the digit in them or as one plain sentence."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vae import photo
from vae.photo import MAX_UPLOAD_BYTES, photo_to_digit
from vae.preprocess import PreprocessError

# How each EXIF orientation is stored: what the camera's turn has done to the upright picture.
STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


@pytest.fixture(scope="module")
def mnist():
    with np.load("vae/assets/mnist.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def digit(mnist):
    return mnist["x_test"][0]


@pytest.fixture(scope="module")
def page(digit):
    """A clean seven, dark on white, as someone may have scanned or drawn it."""
    return Image.fromarray((255 * (1 - np.pad(strokes(digit, 300), ((100, 50), (150, 60))))).astype(np.uint8))


def encoded(picture, kind="PNG", **options):
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def strokes(image, side):
    """Enlarge a digit to strokes with smooth outlines, as a pen leaves them."""
    large = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)
    return np.clip((np.asarray(large) / 255 - 0.3) / 0.4, 0, 1)


def photographed(image, rng, orientation=1, chalk=False, shadow=False):
    """Photograph a digit on paper or in chalk: uneven light, texture, specks, noise and compression."""
    height, width = 800, 600
    side = int(rng.integers(200, 500))
    ink = np.zeros((height, width))
    top, left = rng.integers(20, height - side - 20), rng.integers(20, width - side - 20)
    ink[top : top + side, left : left + side] = strokes(image, side)

    texture = 1 + rng.normal(0, 0.03, (height // 2, width // 2)).repeat(2, axis=0).repeat(2, axis=1)
    darkening = rng.uniform(0.5, 0.85)
    reflected = texture * (0.2 + 0.6 * ink if chalk else 0.9 * (1 - darkening * ink))
    for _ in range(12):
        row, column = rng.integers(5, height - 5), rng.integers(5, width - 5)
        reflected[row - 2 : row + 2, column - 2 : column + 2] *= 0.4

    angle = rng.uniform(0, 2 * np.pi)
    down, across = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    towards = across * np.cos(angle) + down * np.sin(angle)
    light = rng.uniform(0.65, 0.9) * (1 + rng.uniform(0.2, 0.8) * towards)
    if shadow:
        light = np.where(towards > rng.uniform(-0.3, 0.3), light, 0.6 * light)
    seen = light * reflected + rng.normal(0, 0.03, reflected.shape)
    pixels = np.clip(seen[..., None] * [1, 0.96, 0.88], 0, 1)

    picture = Image.fromarray((255 * pixels).astype(np.uint8))
    if STORED_AS[orientation] is not None:
        picture = picture.transpose(STORED_AS[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(picture, "JPEG", quality=60, exif=exif.tobytes())


def distance(image, original):
    return np.abs(image - original / 255).mean()


class TestPhotos:
    @pytest.mark.parametrize("orientation", STORED_AS)
    def test_a_photo_comes_back_as_the_digit_however_the_phone_was_held(self, digit, orientation):
        # Digits of different classes are 0.16 apart on average, and a blank is 0.13 from a digit.
        data = photographed(digit, np.random.default_rng(orientation), orientation)
        assert distance(photo_to_digit(data), digit) < 0.05

    @pytest.mark.parametrize("chalk", [False, True])
    @pytest.mark.parametrize("shadow", [False, True])
    def test_photographed_digits_are_read_as_well_as_the_originals(self, mnist, chalk, shadow):
        rng = np.random.default_rng(0)
        known, labels = mnist["x_train"][:6000].reshape(-1, 784) / 255, mnist["y_train"][:6000]
        originals = mnist["x_test"][:12]
        photos = np.array([photo_to_digit(photographed(i, rng, 6, chalk, shadow)) for i in originals])
        squares = (known**2).sum(axis=1)

        def read(images):
            return labels[(squares - 2 * images.reshape(-1, 784) @ known.T).argmin(axis=1)]

        # Nearest neighbours waver between 4 and 9 by themselves.
        assert (read(photos) == read(originals / 255)).sum() >= 10
        assert np.mean([distance(p, o) for p, o in zip(photos, originals, strict=True)]) < 0.05

    def test_a_digit_in_pieces_stays_whole_and_distant_specks_go(self):
        paper = np.full((400, 300), 0.8) + np.linspace(0, 0.15, 300)
        paper[100:300, 100:110] = paper[100:300, 190:200] = paper[100:110, 118:182] = paper[
            290:300, 118:182
        ] = 0.2
        expected = photo_to_digit(encoded((255 * paper).astype(np.uint8)))
        assert (expected[:, 13:16].max(axis=1) > 0.5).sum() >= 2
        paper[30:36, 250:256] = paper[370:376, 30:36] = 0.2
        result = photo_to_digit(encoded((255 * paper).astype(np.uint8)))
        assert np.abs(result - expected).mean() < 0.01

    def test_a_desk_at_the_edge_of_the_photo_goes(self, digit):
        picture = Image.open(io.BytesIO(photographed(digit, np.random.default_rng(3))))
        pixels = np.array(picture)
        pixels[-60:] = pixels[-60:] * 0.6
        assert distance(photo_to_digit(encoded(pixels, "JPEG")), digit) < 0.05


class TestKindsOfFile:
    def test_an_mnist_picture_itself_comes_back(self, digit):
        assert distance(photo_to_digit(encoded(digit)), digit) < 0.045

    def test_every_format_and_mode_gives_the_same_digit(self, page, digit):
        ink = 255 - np.asarray(page)
        black_ink, white_ink = (
            np.dstack([np.full((*ink.shape, 3), level, np.uint8), ink]) for level in (0, 255)
        )
        palette = page.convert("P")
        blank = Image.new("L", page.size, 255)
        files = {
            "png": encoded(page),
            "jpeg": encoded(page, "JPEG"),
            "webp": encoded(page, "WEBP"),
            "bmp": encoded(page, "BMP"),
            "light on dark": encoded(ink),
            "colour": encoded(page.convert("RGB")),
            "one bit": encoded(page.convert("1", dither=Image.Dither.NONE)),
            "palette": encoded(palette),
            "palette with transparency": encoded(palette, transparency=palette.getpixel((0, 0))),
            "cmyk": encoded(page.convert("CMYK"), "JPEG"),
            "16 bits": encoded(np.asarray(page).astype(np.uint16) * 257),
            "12 of 16 bits": encoded(np.asarray(page).astype(np.uint16) * 16),
            "grey with alpha": encoded(page.convert("LA")),
            "black ink on nothing": encoded(black_ink),
            "white ink on nothing": encoded(white_ink),
            "animated png": encoded(page, save_all=True, append_images=[blank]),
            "animated webp": encoded(page, "WEBP", save_all=True, append_images=[blank]),
            "45 megapixels": encoded(page.resize((7140, 6300)), "JPEG", quality=30),
            "damaged exif": encoded(page, "JPEG", exif=b"Exif\0\0garbage"),
        }
        for name, data in files.items():
            assert distance(photo_to_digit(data), digit) < 0.05, name

    def test_transparency_around_a_sheet_of_paper_is_paper(self, page, digit):
        sheet = np.dstack(
            [np.asarray(page.convert("RGB")), np.full((page.height, page.width), 255, np.uint8)]
        )
        sheet[:20, :, 3] = sheet[:, :20, 3] = 0
        assert distance(photo_to_digit(encoded(sheet)), digit) < 0.05


def png_header(width, height):
    """A tiny file that promises a huge picture."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9)))


def random_pixels(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


class TestRefusals:
    @pytest.mark.parametrize(
        "data",
        [
            b"hello",
            b'<svg xmlns="http://www.w3.org/2000/svg"></svg>',
            encoded(random_pixels(40, 40), "JPEG")[:500],
            encoded(random_pixels(40, 40))[:700],
            encoded(random_pixels(40, 40), "GIF"),
        ],
        ids=["text", "svg", "half a jpeg", "half a png", "gif"],
    )
    def test_what_is_no_readable_picture_is_refused(self, data):
        with pytest.raises(PreprocessError, match="cannot be read as a picture"):
            photo_to_digit(data)

    def test_an_empty_file_is_refused(self):
        with pytest.raises(PreprocessError, match="empty"):
            photo_to_digit(b"")

    def test_a_file_over_the_limit_is_refused(self):
        with pytest.raises(PreprocessError, match="larger than 5 MB"):
            photo_to_digit(bytes(MAX_UPLOAD_BYTES + 1))

    @pytest.mark.parametrize("size", [(6000, 6000), (11000, 9000), (60000, 60000)])
    def test_a_decompression_bomb_is_never_decoded(self, size, monkeypatch):
        monkeypatch.setattr(photo, "_grey", lambda *_: pytest.fail("decoded"))
        limit = Image.MAX_IMAGE_PIXELS
        with pytest.raises(PreprocessError, match="too many pixels"):
            photo_to_digit(png_header(*size))
        assert limit == Image.MAX_IMAGE_PIXELS

    def test_a_strip_20000_pixels_wide_is_refused(self):
        with pytest.raises(PreprocessError, match="too narrow"):
            photo_to_digit(encoded(np.full((30, 20000), 255, np.uint8)))

    def test_a_digit_in_a_picture_20000_pixels_wide_is_found_or_refused(self, page):
        wide = Image.new("L", (20000, 1000), 255)
        wide.paste(page, (9000, 200))
        try:
            assert photo_to_digit(encoded(wide)).shape == (28, 28)
        except PreprocessError as error:
            assert "No digit" in str(error)

    @pytest.mark.parametrize(
        "pixels",
        [
            np.zeros((1, 1), np.uint8),
            np.full((400, 300), 250, np.uint8),
            np.zeros((400, 300), np.uint8),
            np.zeros((50, 50, 4), np.uint8),
            random_pixels(500, 400),
            random_pixels(500, 400, 3),
            random_pixels(28, 28),
            np.random.default_rng(0).normal(200, 10, (800, 600)).clip(0, 255).astype(np.uint8),
            np.tile(np.linspace(40, 250, 500), (700, 1)).astype(np.uint8),
            np.where(np.add.outer(np.arange(800), np.arange(600)) > 700, 230, 120).astype(np.uint8),
            np.where(np.hypot(*np.mgrid[-99:99, -99:99]) < 20, 0, 250).astype(np.uint8),
        ],
        ids=[
            "pixel",
            "white",
            "black",
            "nothing",
            "noise",
            "colours",
            "tiny",
            "paper",
            "dusk",
            "shadow",
            "dot",
        ],
    )
    def test_a_picture_without_a_digit_is_refused(self, pixels):
        with pytest.raises(PreprocessError, match="No digit stands out"):
            photo_to_digit(encoded(pixels))

    @settings(max_examples=80, deadline=None)
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
            assert photo_to_digit(bytes(data[: max(int(kept * len(data)), 1)])).shape == (28, 28)
        except PreprocessError as error:
            assert str(error).endswith(".")
