"""Imports run one way, and using a model never loads what only training it needs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("app.py", "pages/*.py", "ui/**/*.py", "vae/**/*.py")
    for path in ROOT.glob(pattern)
)
MODULES = [path for path in SOURCES if path.startswith("vae/")]
APP = [path for path in SOURCES if path.startswith(("app.py", "ui/", "pages/"))]
TRAINS = {path for path in MODULES if path.startswith("vae/training/")}
EXPORTS = {"vae/export/keras.py", "vae/export/savedmodel.py"}


# What of the app draws figures with matplotlib, and writes a page; neither loads Keras.
LATE = {"ui/export/sheet.py": {"vae.figures"}, "ui/bench/share.py": {"vae.export"}}


def imported(path: str) -> set[str]:
    """All that a file imports, at its head or inside a function: "numpy", "vae", "vae.config"."""
    names = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {".".join(name.split(".")[:depth]) for name in names for depth in (1, 2)}


@pytest.mark.parametrize("path", MODULES)
def test_the_package_knows_nothing_of_the_app(path):
    assert not imported(path) & {"streamlit", "streamlit_drawable_canvas", "ui", "pages", "app"}


@pytest.mark.parametrize("path", [path for path in MODULES if path not in TRAINS | EXPORTS])
def test_only_training_and_exports_touch_tensorflow(path):
    assert not imported(path) & {"tensorflow", "keras"}


@pytest.mark.parametrize("path", APP)
def test_the_app_imports_neither_tensorflow_nor_what_does(path):
    heavy = {"tensorflow", "keras", "vae.training", "vae.export", "vae.figures"}
    assert imported(path) & heavy == LATE.get(path, set())


@pytest.mark.parametrize("path", LATE)
def test_what_takes_long_to_import_is_imported_when_it_is_asked_for(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    heads = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert not heads & {"vae.export", "vae.figures"}


@pytest.mark.parametrize("path", MODULES + APP)
def test_nothing_touches_pyplot(path):
    assert "matplotlib.pyplot" not in imported(path)


@pytest.mark.parametrize(
    ("what", "where"),
    [
        ("st.download_button(", "ui/show/download.py"),
        ("st.vega_lite_chart(", "ui/show/charts.py"),
        ("<img ", "ui/show/pictures.py"),
        ("casino", "ui/show/reroll.py"),
    ],
)
def test_downloads_charts_pictures_and_rerolls_are_each_made_in_one_place(what, where):
    assert [path for path in APP if what in (ROOT / path).read_text(encoding="utf-8")] == [where]


def test_a_process_that_runs_a_model_loads_neither_tensorflow_nor_what_only_tests_need():
    code = (
        "import sys, vae.inference, vae.checkpoints, vae.corruptions, vae.latent, vae.metrics, vae.__main__\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'skimage', 'scipy', 'tqdm', 'streamlit', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
