"""The table of `evaluate`, on a few digits."""

import json

import numpy as np
import pytest

from vae import evaluation
from vae.checkpoints import load, load_reader
from vae.data import Digits, load_mnist
from vae.evaluation import SIGMAS, classical_filters, evaluate, render, train_classifier


class Oracle:
    """Reads every picture as the clean digit that stands at its place in the test set."""

    def predict(self, flat_images):
        return load_mnist("test").labels[: len(flat_images)]


@pytest.fixture(scope="module")
def notebook():
    return load("notebook")


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def result(notebook, told):
    return evaluate(
        [notebook],
        count=60,
        classical_count=0,
        classifier=Oracle(),
        on_progress=lambda *progress: told.append(progress),
    )


def test_the_noisy_row_is_the_protocol_of_the_projects_figures(result):
    skimage_metrics = pytest.importorskip("skimage.metrics", reason="scikit-image is not installed")
    clean = load_mnist("test").images[:60]
    noise = np.random.default_rng(123).standard_normal((10_000, 28, 28), dtype=np.float32)[:60]
    row = result.rows[0]
    assert (row.name, row.count, row.latent_space) == ("noisy input", 60, None)
    assert tuple(quality.sigma for quality in row.qualities) == SIGMAS
    for quality in row.qualities:
        noisy = np.clip(clean + np.float32(quality.sigma) * noise, 0, 1)
        squares = ((noisy - clean).astype(np.float64) ** 2).mean(axis=(1, 2))
        similarities = [
            skimage_metrics.structural_similarity(*pair, data_range=1)
            for pair in zip(clean, noisy, strict=True)
        ]
        assert quality.mse == pytest.approx(squares.mean(), rel=1e-5)
        assert quality.psnr == pytest.approx((10 * np.log10(1 / squares)).mean(), rel=1e-5)
        assert quality.ssim == pytest.approx(np.mean(similarities), abs=1e-5)


def test_a_model_denoises_by_its_mean_and_beats_the_noise_it_was_trained_for(result, notebook):
    noisy, model = result.rows
    assert model.name == "notebook"
    assert model.qualities[1].psnr > noisy.qualities[1].psnr + 3
    again = evaluate([notebook], count=60, classical_count=0, classifier=Oracle())
    assert again == result


def test_codes_are_described_for_clean_digits(result, notebook):
    posterior = notebook.vae.encode(load_mnist("test").images[:60])
    space = result.rows[1].latent_space
    assert space.latent_dim == 40
    assert space.active_units == (posterior.z_mean.var(axis=0) > 0.01).sum()
    assert space.z_mean_std == pytest.approx(posterior.z_mean.std(axis=0).mean())
    assert space.posterior_std == pytest.approx(np.exp(posterior.z_log_var / 2).mean())
    kl = 0.5 * (posterior.z_mean**2 + np.exp(posterior.z_log_var) - 1 - posterior.z_log_var)
    assert space.kl_divergence == pytest.approx(kl.sum(axis=1).mean(), rel=1e-4)


def test_accuracy_is_the_share_that_the_classifier_reads_right(result):
    assert result.clean_accuracy == 1
    assert all(quality.accuracy == 1 for row in result.rows for quality in row.qualities)

    class AlwaysSeven(Oracle):
        def predict(self, flat_images):
            return np.full(len(flat_images), 7)

    sevens = (load_mnist("test").labels[:30] == 7).mean()
    assert evaluate([], count=30, classical_count=0, classifier=AlwaysSeven()).clean_accuracy == sevens


def test_progress_counts_every_step_and_says_what_is_done(result, told):
    assert [done for done, _, _ in told] == list(range(1, 13))
    assert {total for _, total, _ in told} == {12}
    assert told[-1][2] == "notebook at sigma 1.0"


def test_the_evaluation_is_ready_for_json(result):
    written = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert written["seed"] == 123
    assert written["rows"][1]["qualities"][0]["sigma"] == 0.1
    assert written["rows"][1]["latent_space"]["latent_dim"] == 40


def test_the_text_holds_every_row_and_figure(result):
    text = render(result)
    for row in result.rows:
        assert f"{row.qualities[2].psnr:.2f}" in text
        assert f"{row.qualities[2].ssim:.3f}" in text
    for words in (
        "60 test pictures",
        "MSE",
        "PSNR in dB",
        "SSIM",
        "read right",
        "KL, nats",
        "of 40",
        "clean",
    ):
        assert words in text
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("count,classical_count", [(0, 0), (10_001, 0), (10, 11), (10, -1)])
def test_more_digits_than_there_are_are_refused(count, classical_count):
    with pytest.raises(ValueError, match=r"Expected 1 to 10,000 digits.* Received"):
        evaluate([], count=count, classical_count=classical_count, classifier=Oracle())


def test_the_classical_filters_bring_a_noisy_digit_closer_and_say_on_how_many():
    pytest.importorskip("bm3d", reason="bm3d is not installed")
    pytest.importorskip("skimage.restoration", reason="scikit-image is not installed")
    result = evaluate([], count=6, classical_count=2, classifier=Oracle())
    assert [row.name for row in result.rows] == ["noisy input", *classical_filters()]
    noisy, *filters = result.rows
    assert {row.count for row in filters} == {2}
    for row in filters:
        assert row.qualities[1].psnr > noisy.qualities[1].psnr
    assert "BM3D (2)" in render(result)


def test_digits_are_read_by_the_shipped_reader():
    result, test = evaluate([], count=200, classical_count=0), load_mnist("test")
    read = load_reader().reader.read(test.images[:200]).argmax(axis=1)
    assert result.clean_accuracy == (read == test.labels[:200]).mean()


def test_the_classifier_reads_clean_digits_after_seeing_few(monkeypatch):
    pytest.importorskip("sklearn.neural_network", reason="scikit-learn is not installed")
    monkeypatch.setattr(evaluation, "CLASSIFIER_EPOCHS", 20)
    digits = load_mnist("test")
    first = Digits(digits.images[:1500], digits.labels[:1500])
    epochs = []
    classifier = train_classifier(first, seed=0, on_epoch=lambda: epochs.append(1))
    read = classifier.predict(digits.images[1500:2500].reshape(1000, -1))
    assert (read == digits.labels[1500:2500]).mean() > 0.8
    assert len(epochs) == 20
