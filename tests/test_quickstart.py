"""The notebook in docs/ runs from its first cell to its last, and shows what it promises."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATH = ROOT / "docs" / "quickstart.ipynb"

nbformat = pytest.importorskip("nbformat", reason='nbformat is not installed: pip install ".[dev]"')


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(PATH, as_version=4)


def test_the_notebook_is_kept_without_outputs(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


# Sockets and event loops that Jupyter's packages leave to the garbage collector are not what is tested.
@pytest.mark.filterwarnings("default")
def test_the_notebook_runs_and_one_epoch_learns_to_denoise(notebook, tmp_path, monkeypatch):
    for package in ("tensorflow", "matplotlib", "ipykernel", "nbclient"):
        pytest.importorskip(package, reason=f'{package} is not installed: pip install ".[dev]"')
    from nbclient import NotebookClient

    for folder in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(folder, str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}})
    run = client.execute()  # Raises where a cell does.
    outputs = [output for cell in run.cells if cell.cell_type == "code" for output in cell.outputs]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    shown = sum("figures." in cell.source for cell in run.cells if cell.cell_type == "code")
    assert len(pictures) == shown > 5
    lines = "".join(output.text for output in outputs if output.output_type == "stream").splitlines()
    (line,) = [line for line in lines if line.startswith("sigma 0.2")]
    closeness = {name: float(value) for name, value in re.findall(r"(\S+) ([\d.]+) dB", line)}
    assert closeness["noisy"] < closeness["one-epoch"] < closeness["notebook"] < closeness["calibrated"]
