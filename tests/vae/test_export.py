"""Exports, loaded in a process of their own that has no access to this package, against NumPy."""

import base64
import json
import re
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from tests.models import save_tiny, shapes
from vae import VAE, Config, corruptions, load, load_mnist
from vae import __main__ as cli
from vae.checkpoints import shipped_models
from vae.config import Network
from vae.errors import ConfigError, InputError
from vae.export import FORMATS, counterpart, default_path, export
from vae.layers import LAYERS, Conv, ConvTranspose, Dense, DepthToSpace, Flatten, Layer, Reshape, SpaceToDepth

NETWORKS = {
    "blocks": Network(
        encoder=(SpaceToDepth(4), Conv(6, 3), Conv(5, 3), Flatten(), Dense(9)),
        decoder=(
            *(Dense(9), Dense(245), Reshape((7, 7, 5)), Conv(16, 3, activation="sigmoid")),
            DepthToSpace(4),
        ),
        latent_dim=2,
    ),
    "strides": Network(
        encoder=(Conv(6, 4, 2), Conv(5, 3, 2), Conv(3, 2, 3), Flatten(), Dense(9)),
        decoder=(
            *(Dense(245), Reshape((7, 7, 5)), ConvTranspose(6, 4, 2), ConvTranspose(3, 3, 1)),
            ConvTranspose(1, 3, 2, "sigmoid"),
        ),
        latent_dim=128,
    ),
    "reshapes": Network(
        encoder=(Flatten(), Reshape((14, 8, 7)), Conv(3, 5, 4), Reshape((24,)), Dense(9, "linear")),
        decoder=(
            *(Reshape((1, 5, 2)), ConvTranspose(6, 5, 2), SpaceToDepth(2), Reshape((5, 24)), Flatten()),
            Dense(784, "sigmoid"),
        ),
        latent_dim=10,
    ),
}
MODELS = [*shipped_models(), *NETWORKS]


def made(name: str):
    """A shipped model, or one of a network above with random weights."""
    if name not in NETWORKS:
        return load(name)
    network, rng = NETWORKS[name], np.random.default_rng(3)
    weights = {
        key: (rng.standard_normal(shape) / np.sqrt(max(np.prod(shape[:-1]), 4))).astype(np.float32)
        for key, shape in network.weight_shapes().items()
    }
    return replace(
        load("notebook"), name=name, folder=Path(name), config=Config(network), vae=VAE(network, weights)
    )


@pytest.fixture(scope="module")
def images():
    return corruptions.corrupt(load_mnist("test").images[:50], "gaussian", 0.5, np.random.default_rng(1))


RUN = """
import json, sys
import numpy as np
{imports}
results = {{}}
for name in json.loads(sys.argv[1]):
    images, z = np.load("images.npy"), np.load(f"{{name}}-z.npy")
{run}
    for key, value in dict(denoised=denoised, z_mean=z_mean, z_log_var=z_log_var, decoded=decoded).items():
        results[f"{{name}}-{{key}}"] = np.array(value)
assert not [module for module in sys.modules if module == "vae" or module.startswith("vae.")]
np.savez("results.npz", **results)
"""
IN_FORMAT = {
    "keras": (
        "import keras",
        """
    model = keras.models.load_model(f"{name}.keras")
    denoised = model.predict(images, verbose=0)
    z_mean, z_log_var = model.get_layer("encoder").predict(images, verbose=0)
    decoded = model.get_layer("decoder").predict(z, verbose=0)
""",
    ),
    "savedmodel": (
        "import tensorflow as tf",
        """
    signatures = tf.saved_model.load(f"{name}-savedmodel").signatures
    denoised = signatures["serving_default"](images=tf.constant(images))["denoised"].numpy()
    posterior = signatures["encode"](images=tf.constant(images))
    z_mean, z_log_var = posterior["z_mean"].numpy(), posterior["z_log_var"].numpy()
    decoded = signatures["decode"](z=tf.constant(z))["images"].numpy()
""",
    ),
    "onnx": (
        "import onnxruntime",
        """
    def session(part):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(f"{name}-onnx/{part}.onnx", options)
    denoised, z_mean, z_log_var = session("denoiser").run(["denoised", "z_mean", "z_log_var"], {"images": images})
    (decoded,) = session("decoder").run(None, {"z": z})
""",
    ),
}
NEEDS = {"keras": ["tensorflow"], "savedmodel": ["tensorflow"], "onnx": ["onnx", "onnxruntime"]}


@pytest.mark.parametrize("to", IN_FORMAT)
def test_an_export_gives_what_numpy_gives_in_a_process_without_this_package(to, tmp_path, images):
    for package in NEEDS[to]:
        pytest.importorskip(package, reason=f'{package} is not installed: pip install ".[dev]"')
    models = [made(name) for name in MODELS]
    np.save(tmp_path / "images.npy", images)
    for model in models:
        export(model, to, tmp_path / default_path(model, to))
        np.save(tmp_path / f"{model.name}-z.npy", model.vae.encode(images).z_mean[:7] + np.float32(0.5))
    imports, run = IN_FORMAT[to]
    code = RUN.format(imports=imports, run=run)
    command = [sys.executable, "-c", code, json.dumps(MODELS)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    results = np.load(tmp_path / "results.npz")
    for model in models:
        posterior = model.vae.encode(images)
        expected = {
            "denoised": model.vae.decode(posterior.z_mean),
            "z_mean": posterior.z_mean,
            "z_log_var": posterior.z_log_var,
            "decoded": model.vae.decode(posterior.z_mean[:7] + np.float32(0.5)),
        }
        for key, array in expected.items():
            # Codes reach 10 and more, where float32 itself is coarser: there, 1e-5 of the code.
            np.testing.assert_allclose(
                results[f"{model.name}-{key}"], array, rtol=1e-5, atol=1e-5, err_msg=f"{model.name} {key}"
            )


@pytest.mark.parametrize("to, table", [("keras", "KERAS_LAYERS"), ("onnx", "ONNX_LAYERS")])
def test_every_kind_of_layer_is_tested_and_another_is_refused(to, table):
    pytest.importorskip(NEEDS[to][0], reason=f'{NEEDS[to][0]} is not installed: pip install ".[dev]"')
    known = getattr(import_module(f"vae.export.{to}"), table)
    assert set(known) == set(LAYERS.values())
    tested = {type(layer) for network in NETWORKS.values() for layer in (*network.encoder, *network.decoder)}
    assert tested == set(known)

    class Dropout(Layer):
        kind = "dropout"

    with pytest.raises(ConfigError, match="Received the kind 'dropout'"):
        counterpart(known, Dropout())


@pytest.mark.parametrize("name", shipped_models())
def test_an_exported_page_is_one_file_of_at_most_3_mb_that_names_no_address(name, tmp_path):
    export(load(name), "html", tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert len(text.encode()) <= 3e6
    assert "http:" not in text
    assert "https:" not in text
    assert "$" + "DATA" not in text


def test_a_models_name_cannot_become_markup(tmp_path):
    export(replace(load("notebook"), name="</script><b>"), "html", tmp_path / "page.html")
    assert "<b>&lt;/script&gt;&lt;b&gt;</b>" in (tmp_path / "page.html").read_text()


def test_an_exported_page_shows_the_test_pictures_of_the_models_own_data(tmp_path):
    test = shapes(12)
    save_tiny(tmp_path / "model", 2, test)
    export(load(tmp_path / "model"), "html", tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    data = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])
    shown = np.frombuffer(base64.b64decode(data["digits"]), np.uint8).reshape(-1, 28, 28)
    # Two of each of the three classes, which take turns.
    np.testing.assert_array_equal(shown, np.rint(test.images[:6] * 255))
    assert "Show a test picture" in text and "test digit" not in text


@pytest.mark.parametrize("to", ["html", "keras"])
def test_a_file_of_another_ending_is_refused_before_any_work(to, tmp_path):
    with pytest.raises(InputError, match=f"ends with .{to}"):
        export(load("notebook"), to, tmp_path / "model.h5")
    assert not list(tmp_path.iterdir())


def test_an_export_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    from vae.export import html

    def fail(model, path):
        path.write_text("half")
        raise OSError("The disk is full.")

    monkeypatch.setattr(html, "write", fail)
    with pytest.raises(OSError, match="full"):
        export(load("notebook"), "html", tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_the_command_names_what_it_wrote_after_the_model(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["export", "notebook", "--to", "html"]) == 0
    size = (tmp_path / "notebook.html").stat().st_size / 1e6
    assert f"Exported notebook to notebook.html, {size:.1f} MB." in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["notebook.html"]


def test_the_export_of_a_run_named_as_a_shipped_model_is_named_after_its_folder():
    model = replace(load("notebook"), name="runs/notebook", folder=Path("runs", "notebook"))
    assert default_path(model, "html") == Path("notebook.html")


def test_wrong_inputs_are_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebook.html").touch()
    for arguments, words in [
        (["nowhere", "--to", "html"], "Expected a trained model"),
        (["notebook", "--to", "html"], "notebook.html, which exists"),
        (["notebook", "--to", "html", "--output", "page.txt"], "ends with .html"),
        (["notebook", "--to", "html", "--output", "notebook.html/page.html"], "notebook.html"),
    ]:
        assert cli.main(["export", *arguments]) == 2
        captured = capsys.readouterr()
        assert words in captured.err
        assert captured.err.count("\n") == 1
        assert captured.out == ""
    assert (tmp_path / "notebook.html").read_bytes() == b""


@pytest.mark.parametrize("package, to", [("onnx", "onnx"), ("keras", "keras"), ("tensorflow", "savedmodel")])
def test_without_its_package_an_export_says_how_to_install_it(package, to, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, package, None)
    for module in FORMATS:
        monkeypatch.delitem(sys.modules, f"vae.export.{module}", raising=False)
    assert cli.main(["export", "notebook", "--to", to, "--output", str(tmp_path / f"out.{to}")]) == 2
    line = capsys.readouterr().err
    assert f"'{package}'" in line
    assert "pip install" in line
    assert not list(tmp_path.iterdir())
