"""The page that makes digits: draws, walks and sums."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.pages import messages, pictures, run_page
from ui import cache
from ui.generate.draws import describe
from ui.generate.operands import default_operands
from vae import latent_profile
from vae.checkpoints import load, load_reader
from vae.data import load_mnist
from vae.metrics import active_units
from vae.posterior import Gaussian, Posterior, aggregated_posterior
from vae.slant import slant


def run(**choices):
    app = run_page("generate")
    for name, value in choices.items():
        setattr(app.session_state["state"].generate, name, value)
    return app.run()


SHEET = re.compile(r"--sheet:url\(data:image/png;base64,([^)]+)\)\">(.*)</div>")


def draws(app, model: str) -> np.ndarray:
    """A model's draws, uint8 (n, 28, 28), cut from the sheet as the style of each says."""
    found = (SHEET.search(element.proto.body) for element in app.get("html"))
    data, cells = next(one.groups() for one in found if one and f'"Draw 1 of {model}"' in one[2])
    sheet = np.array(Image.open(io.BytesIO(base64.b64decode(data))))
    cut = []
    for left, top, across, down in re.findall(r"position:(.+?)% (.+?)%;background-size:(.+?)% (.+?)%", cells):
        # CSS lays the given share of the picture on the same share of the cell.
        columns, rows = round(float(across) / 100), round(float(down) / 100)
        column, row = (float(share) / 100 * (count - 1) for share, count in ((left, columns), (top, rows)))
        assert sheet.shape == (28 * rows, 28 * columns)
        assert abs(column - round(column)) < 1e-3 and abs(row - round(row)) < 1e-3
        cut.append(sheet[28 * round(row) :, 28 * round(column) :][:28, :28])
    return np.stack(cut)


def test_every_shipped_model_draws_from_the_same_seed_again():
    first, second = run(seed=3), run(seed=3)
    for model in ("calibrated", "notebook"):
        assert len(draws(first, model)) == 24
        np.testing.assert_array_equal(draws(first, model), draws(second, model))


def test_draws_from_the_prior_are_the_same_codes_under_every_model():
    app = run(seed=3, temperature=0.5)
    codes = 0.5 * np.random.default_rng(3).standard_normal((24, 40), dtype=np.float32)
    for name in ("calibrated", "notebook"):
        expected = np.round(load(name).vae.decode(codes) * 255)
        np.testing.assert_allclose(draws(app, name).astype(int), expected, atol=1)


def test_another_seed_gives_other_draws():
    assert not np.array_equal(draws(run(seed=3), "calibrated"), draws(run(seed=4), "calibrated"))


def test_a_walk_ends_where_its_ends_are_reconstructed():
    near, far = run(what="morph", fraction=0.0), run(what="morph", fraction=1.0)
    for app in (near, far):
        assert not app.exception
    start = next(image for alt, image in pictures(near).items() if alt.startswith("Morph"))
    again = next(image for alt, image in pictures(far).items() if alt.startswith("Morph"))
    assert not np.array_equal(start, again)


def norms(path) -> list[float]:
    """What the page says of the distance from the origin: at the start, in the middle, at the end."""
    app = run(what="morph", path=path)
    assert not app.exception
    found = re.search(
        r"from the origin is ([\d.]+) at the start, ([\d.]+) in the middle and ([\d.]+) at", messages(app)
    )
    return list(map(float, found.groups()))


def test_a_spherical_walk_keeps_farther_from_the_origin():
    straight, spherical = norms("straight"), norms("spherical")
    assert straight[1] < spherical[1]
    assert abs(spherical[1] - (spherical[0] + spherical[2]) / 2) <= 0.1


def test_the_first_operands_are_a_slanted_7_an_upright_7_and_a_typical_1():
    operands = list(default_operands(cache.test_set(load("notebook"))))
    digits = load_mnist("test")
    assert digits.labels[operands].tolist() == [7, 7, 1]
    angles = slant(digits.images[operands])
    ones = slant(digits.images[digits.labels == 1])
    assert angles[0] > 15 and abs(angles[1]) <= 2 and abs(angles[2] - np.median(ones)) < 5


def test_a_slant_added_to_a_1_slants_it():
    app = run(what="sum")
    assert not app.exception
    shown = list(pictures(app).values())
    subject, result = (slant(image[None] / np.float32(255))[0] for image in shown[-2:])
    assert result > subject + 2


@pytest.mark.parametrize("what", ["draw", "morph", "sum"])
def test_everything_works_with_the_notebook_too(what):
    app = run_page("generate")
    app.session_state["state"].model = "notebook"
    app.session_state["state"].generate.what = what
    assert not app.run().exception


def posterior(rng, dims=8, middle=0.0, between=1.0, within=0.1) -> Posterior:
    """Posteriors whose means lie around `middle` with a deviation of `between`; each has one of `within`."""
    z_mean = middle + between * rng.standard_normal((4000, dims))
    return Posterior(z_mean.astype(np.float32), np.full((4000, dims), 2 * np.log(within), np.float32))


def said(codes: Posterior, source: str, temperature: float) -> str:
    gaussian = aggregated_posterior(codes)
    drawn = gaussian if source == "codes" else Gaussian.prior(len(gaussian.mean))
    return describe(drawn.scale(temperature), gaussian, int(active_units(codes.z_mean).sum()))


CLOSER, FARTHER = "closer together than the digits' codes", "spread farther than the digits' codes"
ALIKE, AWAY = "about as far as the digits' codes", "away from the middle"
# What a KL term leads to: means and variances add up to the prior's 1. Without one, as in the notebook.
LIKE_PRIOR, LIKE_NOTEBOOK = dict(between=0.8, within=0.6), dict(middle=2.0, between=3.0, within=0.03)
COLLAPSED = dict(between=0.0, within=1.0)


@pytest.mark.parametrize("dims", [1, 8])
@pytest.mark.parametrize("kind", [LIKE_PRIOR, LIKE_NOTEBOOK, COLLAPSED])
@pytest.mark.parametrize("temperature, words", [(0.5, CLOSER), (1.0, ALIKE), (2.0, FARTHER)])
def test_draws_from_the_fitted_gaussian_spread_as_the_temperature_says(dims, kind, temperature, words):
    text = said(posterior(np.random.default_rng(0), dims, **kind), "codes", temperature)
    assert words in text and AWAY not in text


@pytest.mark.parametrize("kind", [LIKE_PRIOR, COLLAPSED])
@pytest.mark.parametrize("dims", [1, 8])
@pytest.mark.parametrize("temperature, words", [(0.5, CLOSER), (1.0, ALIKE), (2.0, FARTHER)])
def test_the_prior_is_compared_with_means_and_variances_together(dims, kind, temperature, words):
    text = said(posterior(np.random.default_rng(0), dims, **kind), "prior", temperature)
    assert words in text and AWAY not in text
    assert ("depends on the digit" in text) == (kind is COLLAPSED)


@pytest.mark.parametrize("dims", [1, 8])
def test_the_prior_of_a_model_without_a_kl_term_lies_elsewhere(dims):
    text = said(posterior(np.random.default_rng(0), dims, **LIKE_NOTEBOOK), "prior", 1.0)
    assert CLOSER in text and f"{2 * np.sqrt(dims):.1f} {AWAY}" in text


@pytest.mark.parametrize("source", ["prior", "codes"])
def test_the_deviations_that_are_told_are_those_of_sampled_codes_and_draws(source):
    rng = np.random.default_rng(1)
    codes = posterior(rng, 3, middle=1.0, between=1.5, within=0.8)
    gaussian = aggregated_posterior(codes)
    drawn = (gaussian if source == "codes" else Gaussian.prior(3)).scale(0.7)
    expected = (
        np.sqrt(sample.var(axis=0).mean()) for sample in (codes.sample(rng), drawn.sample(20_000, rng))
    )
    told = map(float, re.findall(r"\*\*([\d.]+)\*\*", describe(drawn, gaussian, 3)))
    np.testing.assert_allclose(list(told), list(expected), atol=0.03)


def test_at_temperature_0_all_draws_are_one_code_and_the_page_says_so():
    for source in ("prior", "codes"):
        app = run(temperature=0.0, source=source)
        assert messages(app).count("All draws are the same code.") == 2
        for model in ("calibrated", "notebook"):
            images = draws(app, model)
            assert (images == images[0]).all()


@pytest.mark.parametrize(
    "source, temperature, calibrated, notebook",
    [
        ("prior", 1.0, ALIKE, CLOSER),
        ("prior", 2.0, FARTHER, CLOSER),
        ("codes", 1.0, ALIKE, ALIKE),
        ("codes", 0.5, CLOSER, CLOSER),
        ("codes", 2.0, FARTHER, FARTHER),
    ],
)
def test_the_page_tells_each_shipped_model_where_its_draws_lie(source, temperature, calibrated, notebook):
    app = run(source=source, temperature=temperature)
    paragraphs = [element.value for element in app.markdown if "standard deviation of" in element.value]
    assert calibrated in paragraphs[0] and notebook in paragraphs[1]
    assert (AWAY in paragraphs[1]) == (source == "prior") and AWAY not in paragraphs[0]
    assert "Trained with a KL weight" in paragraphs[0] and "Trained without" in paragraphs[1]


def test_the_mixture_draws_the_digit_that_is_asked_for_and_tells_what_its_draws_read_as():
    app = run(source="mixture", digit=3)
    model, reader = load("calibrated"), load_reader()
    profile = latent_profile.read(model.folder, model.card, reader.reader)
    rng = np.random.default_rng(app.session_state["state"].generate.seed)
    codes = profile.mixture.of_class(3).sample(24, rng)
    assert (reader.reader.read(model.vae.decode(codes)).argmax(axis=1) == 3).mean() > 0.8
    said = messages(app)
    mixture = profile.legibility["mixture"]
    assert f"**{mixture.confident:.0%}** read as some digit" in said
    assert f"from real digits is **{mixture.distance:.1f}**" in said
