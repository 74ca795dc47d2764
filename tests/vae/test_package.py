"""The package as others install and import it."""

import doctest
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import vae
from vae.__main__ import INSTALLS

ROOT = Path(__file__).parents[2]

tomllib = pytest.importorskip("tomllib", reason="reading pyproject.toml takes Python 3.11")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_example_in_the_packages_help_runs_as_written():
    failures, examples = doctest.testmod(vae)
    assert examples >= 8
    assert failures == 0


def test_every_public_name_is_there_and_importing_them_but_training_loads_no_tensorflow():
    code = (
        "import sys, vae\n"
        "names = [getattr(vae, name) for name in vae.__all__ if name != 'train']\n"
        "print(sorted({'tensorflow', 'keras', 'matplotlib', 'onnx'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_train_is_that_of_the_training_module():
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    from vae.training import loop

    assert vae.train is loop.train


def test_what_the_package_lacks_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'fit'"):
        vae.fit  # noqa: B018


@pytest.fixture(scope="module")
def model():
    return vae.load("notebook").vae


@pytest.fixture(scope="module")
def digits():
    return vae.load_mnist("test").images[:3]


def test_one_picture_gives_what_a_batch_of_one_gives(model, digits):
    one, batch = model.encode(digits[0]), model.encode(digits[:1])
    for part, batched in zip(one, batch, strict=True):
        np.testing.assert_array_equal(part, batched[0])
    np.testing.assert_array_equal(model.decode(one.z_mean), model.decode(batch.z_mean)[0])
    np.testing.assert_array_equal(model.denoise(digits[0]), model.denoise(digits[:1])[0])
    assert model.denoise(digits[0]).shape == (28, 28)


@pytest.mark.parametrize("shape", [(28, 27), (784,), (1, 28, 28, 1)])
def test_other_shapes_than_a_picture_or_a_batch_are_refused(model, shape):
    with pytest.raises(ValueError, match="Expected images of shape"):
        model.denoise(np.zeros(shape, np.float32))


def requirements(lines):
    return {re.sub(r"\s+", "", line).replace("'", '"') for line in lines}


def test_the_requirements_files_and_the_package_ask_for_the_same_versions():
    asked = requirements(PROJECT["dependencies"])
    for extra in PROJECT["optional-dependencies"].values():
        asked |= requirements(extra)
    for path in ROOT.glob("requirements*.txt"):
        lines = [line for line in path.read_text().splitlines() if line and not line.startswith(("#", "-r"))]
        assert requirements(lines) <= asked, path.name


def test_what_a_missing_package_is_answered_with_brings_it():
    distributions = {"sklearn": "scikit-learn", "skimage": "scikit-image", "keras": "tensorflow"}
    for package, wanted in INSTALLS.items():
        extra = wanted.strip(".[]")
        lines = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
        assert any(line.startswith(distributions.get(package, package)) for line in lines), package


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder with what `pip install .` would install."""
    pytest.importorskip("hatchling", reason="hatchling, which builds the package, is not installed")
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    wheel.unlink()
    return folder


def test_the_package_installs_with_all_its_files_and_nothing_of_the_app(installed):
    top = {path.name for path in installed.iterdir()}
    assert top == {"vae", f"vae_demo-{vae.__version__}.dist-info"}
    here = {path.relative_to(ROOT) for path in (ROOT / "vae").rglob("*") if "__pycache__" not in path.parts}
    there = {path.relative_to(installed) for path in (installed / "vae").rglob("*")}
    assert here == there
    assert Path("vae/py.typed") in there


def test_the_installed_package_runs_in_any_folder(installed, tmp_path):
    command = [sys.executable, "-m", "vae", "export", "notebook", "--to", "html"]
    result = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(installed)}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notebook.html"]


def test_the_installed_command_is_the_command_line(installed):
    (points,) = installed.glob("*.dist-info/entry_points.txt")
    assert "vae = vae.__main__:main" in points.read_text()
