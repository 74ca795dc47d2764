"""The command `models`, and names in the table of `evaluate`: a run is never taken for a shipped model."""

import shutil

import pytest

from vae import __main__ as cli
from vae import evaluation
from vae.checkpoints import load, model_folder


@pytest.fixture
def runs(tmp_path, monkeypatch):
    folder = tmp_path / "runs"
    monkeypatch.setenv("VAE_RUNS", str(folder))
    shutil.copytree(model_folder("notebook"), folder / "notebook-2")
    return folder


def test_models_are_listed_with_where_runs_lie(runs, capsys):
    assert cli.main(["models"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"Runs are kept in {runs}.")
    for name in ("calibrated", "notebook ", "notebook-2"):
        assert f"\n{name}" in printed


def test_a_run_is_renamed_and_deleted(runs, capsys):
    assert cli.main(["models", "rename", "notebook-2", "mine"]) == 0
    assert load("mine").folder == runs / "mine"
    assert cli.main(["models", "delete", "mine"]) == 0
    assert list(runs.iterdir()) == []


@pytest.mark.parametrize(
    "arguments,told",
    [
        (["delete", "notebook"], "Expected a run in"),
        (["delete", "../runs/notebook-2"], "without slashes"),
        (["rename", "notebook-2", "calibrated"], "which is taken"),
        (["rename", "notebook-2", "notebook-2"], "which is taken"),
        (["rename", "notebook-2", "a/b"], "without slashes"),
        (["rename", "nothing", "mine"], "Expected a run in"),
    ],
)
def test_what_can_not_be_renamed_or_deleted_is_one_plain_line(arguments, told, runs, capsys):
    assert cli.main(["models", *arguments]) == 2
    captured = capsys.readouterr()
    assert told in captured.err and captured.err.count("\n") == 1
    assert (runs / "notebook-2" / "weights.npz").exists() and model_folder("notebook").exists()


def test_models_of_one_name_are_told_apart_by_their_folders(runs):
    shutil.copytree(runs / "notebook-2", runs / "elsewhere" / "notebook-2")
    models = [load("notebook"), load("notebook-2"), load(runs / "elsewhere" / "notebook-2")]
    assert evaluation.distinct_names(models) == [
        "notebook",
        str(runs / "notebook-2"),
        str(runs / "elsewhere" / "notebook-2"),
    ]
