"""The command line: what it prints, what it writes, and that every mistake is one plain line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from vae import __main__ as cli
from vae import evaluation, precomputed
from vae.checkpoints import load
from vae.commands.configuration import parse_settings, read_config
from vae.config import Network
from vae.errors import ConfigError
from vae.presets import PRESETS

ROOT = Path(__file__).parents[2]


def failure(capsys, *arguments) -> str:
    """Runs a command that must fail, and returns the one line that it says."""
    assert cli.main([str(argument) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    return captured.err


@pytest.fixture
def without_training(monkeypatch):
    """Makes TensorFlow impossible to import: mistakes must be found before it is loaded."""
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    monkeypatch.setitem(sys.modules, "keras", None)
    for module in [name for name in sys.modules if name.startswith("vae.training.")]:
        monkeypatch.delitem(sys.modules, module)
        monkeypatch.delattr(module, raising=False)


@pytest.mark.parametrize(
    "pair,expected",
    [
        ("training.epochs=5", 5),
        ("training.augmentation=0.99", 0.99),
        ("noise.fresh=true", True),
        ("training.schedule=cosine", "cosine"),
        ("training.schedule=", ""),
        ("a=b=c", "b=c"),
    ],
)
def test_a_setting_is_json_where_it_can_be_and_a_string_otherwise(pair, expected):
    assert list(parse_settings([pair]).values()) == [expected]


def test_a_setting_without_a_value_is_refused():
    with pytest.raises(ConfigError, match="Expected NAME=VALUE"):
        parse_settings(["training.epochs"])


@pytest.mark.parametrize(
    "setting",
    [
        "training.epochs",
        "training.epochs=0",
        "training.epochs=many",
        "colour=3",
        "network.latent_dim=0",
        "network.latent_dim=2.5",
    ],
)
def test_a_bad_setting_is_one_plain_line(setting, capsys, without_training):
    assert failure(capsys, "train", "notebook", "--set", setting).startswith("Expected ")


@pytest.mark.parametrize(
    "arguments,told",
    [
        (["resnet"], "Expected a preset among calibrated, notebook. Received 'resnet'"),
        ([], "Received neither"),
        (["notebook", "--config", "my.json"], "Received both"),
        (["--config", "nowhere.json"], "Expected to read or write nowhere.json. Received: No such file"),
        (["notebook", "--hidden", "256;128"], "Expected whole numbers for --hidden"),
        (["notebook", "--hidden", "256,0"], "Expected units to be a positive whole number"),
    ],
)
def test_what_describes_no_network_is_one_plain_line(arguments, told, capsys, without_training):
    assert told in failure(capsys, "train", *arguments)


@pytest.mark.parametrize(
    "change,told",
    [
        (lambda config: config["network"]["decoder"][-1].update(activation="linear"), "values are in [0, 1]"),
        (lambda config: config["network"]["encoder"][0].update(kind="attention"), "a layer kind among"),
        (lambda config: config["training"].update(speed=3), "speed"),
    ],
)
def test_a_wrong_configuration_file_is_one_plain_line_before_tensorflow_loads(
    change, told, capsys, tmp_path, without_training
):
    config = PRESETS["notebook"].to_dict()
    change(config)
    (tmp_path / "my.json").write_text(json.dumps(config))
    assert told in failure(capsys, "train", "--config", tmp_path / "my.json")


def test_config_prints_what_train_takes_back(capsys, tmp_path):
    assert cli.main(["config", "notebook", "--hidden", "256,128", "--set", "network.latent_dim=2"]) == 0
    printed = capsys.readouterr().out
    (tmp_path / "my.json").write_text(printed)
    config = read_config(tmp_path / "my.json")
    assert config.network == Network.of_dense_layers((256, 128), 2)
    assert config.training == PRESETS["notebook"].training
    assert cli.main(["config", "--config", str(tmp_path / "my.json")]) == 0
    assert capsys.readouterr().out == printed


def test_a_negative_seed_is_one_plain_line(capsys, without_training):
    assert "Expected a seed of 0 or more" in failure(capsys, "train", "notebook", "--seed", -1)


def test_a_folder_that_holds_something_else_is_refused_before_training(capsys, tmp_path, without_training):
    (tmp_path / "thesis.txt").write_text("Years of work")
    assert "Expected a new folder" in failure(capsys, "train", "notebook", "--output", tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_a_folder_that_cannot_be_made_is_one_plain_line(capsys, tmp_path, without_training):
    (tmp_path / "file").touch()
    failure(capsys, "train", "notebook", "--output", tmp_path / "file" / "model")


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_one_plain_line(capsys, tmp_path, without_training):
    tmp_path.chmod(0o555)
    assert "Permission denied" in failure(capsys, "train", "notebook", "--output", tmp_path / "model")


def test_without_tensorflow_training_says_how_to_install_it(capsys, tmp_path, without_training):
    line = failure(capsys, "train", "notebook", "--output", tmp_path / "model")
    assert 'pip install ".[train]"' in line
    assert "'tensorflow'" in line or "'keras'" in line


def test_without_the_classical_filters_evaluating_says_how_to_install_them(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "bm3d", None)
    assert 'pip install ".[evaluate]"' in failure(capsys, "evaluate", "notebook")


def test_an_unknown_model_is_one_plain_line(capsys):
    assert "Expected a trained model in nowhere" in failure(capsys, "evaluate", "nowhere")


@pytest.mark.parametrize("arguments", [[], ["bake"]])
def test_what_is_no_command_exits_with_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)
    assert exit_.value.code == 2
    assert "usage: python -m vae" in capsys.readouterr().err


def test_evaluate_prints_the_table_and_writes_it_as_json(capsys, tmp_path, monkeypatch):
    class Silent:
        def predict(self, flat_images):
            return np.zeros(len(flat_images))

    whole = evaluation.evaluate
    monkeypatch.setattr(
        evaluation,
        "evaluate",
        lambda models, *, on_progress, **_: whole(
            models, count=20, classical_count=0, classifier=Silent(), on_progress=on_progress
        ),
    )
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    assert (
        cli.main(["evaluate", "notebook", "--quick", "--json", str(tmp_path / "new" / "figures.json")]) == 0
    )
    printed = capsys.readouterr().out
    assert "PSNR in dB" in printed
    written = json.loads((tmp_path / "new" / "figures.json").read_text())
    assert [row["name"] for row in written["rows"]] == ["noisy input", "notebook"]


def test_a_stop_while_evaluating_is_one_plain_line(capsys, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluation, "evaluate", stop)
    assert cli.main(["evaluate", "notebook"]) == 130
    assert capsys.readouterr().err.startswith("Stopped.")


SHORT = """
import signal, sys
# A shell starts what runs behind it deaf to Ctrl-C, and so all its children: as a terminal would start it, it hears.
signal.signal(signal.SIGINT, signal.default_int_handler)
from vae import __main__ as cli
from vae.data import Dataset, Digits, load_mnist
from vae.training import loop
from vae.commands import train
digits = load_mnist("test")
few = Digits(digits.images[:256], digits.labels[:256])
train.load_dataset = lambda path: Dataset("MNIST", few, few, "0" * 64)
sys.exit(cli.main(sys.argv[1:]))
"""


# Two batches an epoch: Ctrl-C in the third.
STOP = """
fit = loop.fit
def stop(steps):
    if steps.done > 4:
        raise KeyboardInterrupt
loop.fit = lambda *arguments, **options: fit(*arguments, **{**options, "on_chunk": stop})
"""


def test_train_prints_each_epoch_and_saves_and_ctrl_c_leaves_that_model_whole(tmp_path):
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed: pip install -r requirements.txt")
    command = [sys.executable, "-c", SHORT, "train", "notebook", "--output", str(tmp_path / "model")]
    short = subprocess.run(
        [*command, "--set", "training.epochs=2"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert short.returncode == 0, short.stderr
    assert "epoch   2  loss" in short.stdout
    assert "noisy to clean" in short.stdout
    assert "clean to clean" in short.stdout
    assert "Worked out ahead for the app" in short.stdout
    model = load(tmp_path / "model")
    assert model.config.training.epochs == 2
    assert precomputed.read(tmp_path / "model", model.card, 256) is not None
    before = (tmp_path / "model" / "weights.npz").read_bytes()

    long = subprocess.Popen(
        [*command, "--set", "training.epochs=100000"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not long.stdout.readline().startswith("epoch"):
        assert long.poll() is None
    time.sleep(0.1)
    long.send_signal(signal.SIGINT)
    _, errors = long.communicate(timeout=60)
    assert long.returncode == 130
    assert "Stopped." in errors
    assert "Traceback" not in errors
    assert (tmp_path / "model" / "weights.npz").read_bytes() == before
    assert "train --resume" in errors
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "model.training"]
    # To begin anew over it would lose it.
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert again.returncode == 2 and "Expected a folder without an unfinished training" in again.stderr


def test_train_writes_a_journal_of_json_alone_and_hears_what_is_asked(tmp_path):
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed: pip install -r requirements.txt")
    command = [sys.executable, "-c", SHORT, "train", "notebook", "--output", str(tmp_path / "model")]
    training = subprocess.Popen(
        [*command, "--set", "training.epochs=100000", "--progress", "jsonl", "--no-precompute"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = [training.stdout.readline() for _ in range(2)]
    training.stdin.write('nonsense\n{"set": {"objective.kl_weight": 0.5}}\n')
    training.stdin.flush()
    while '"changed"' not in lines[-1]:
        assert training.poll() is None
        lines.append(training.stdout.readline())
    # The end of its standard input is a stop: whoever started it is gone.
    rest, errors = training.communicate(timeout=60)
    assert "Traceback" not in errors
    events = [json.loads(line) for line in [*lines, *rest.splitlines()]]
    kinds = [event["event"] for event in events]
    assert kinds[:2] == ["begun", "snapshot"] and kinds[-1] == "ended"
    assert {"steps", "snapshot", "changed"} <= set(kinds) and events[-1]["outcome"] == "stopped"
    model = load(tmp_path / "model")
    assert model.config.objective.kl_weight == 0.5
    assert model.card["training"]["changes"][0]["settings"] == {"objective.kl_weight": 0.5}


def test_a_stopped_training_goes_on_with_resume(tmp_path):
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed: pip install -r requirements.txt")
    folder = tmp_path / "model"
    command = [sys.executable, "-c", SHORT.replace("sys.exit", STOP + "sys.exit", 1)]
    command += ["train", "notebook", "--output", str(folder), "--no-precompute", "--set", "training.epochs=3"]
    stopped = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert stopped.returncode == 130
    assert "Stopped after epoch 2. Its model is saved in" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert load(folder).card["training"]["stopped_after"] == 2
    command = [sys.executable, "-c", SHORT, "train", "--resume", str(folder), "--no-precompute"]
    resumed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert resumed.returncode == 0, resumed.stderr
    assert "after epoch 2" in resumed.stdout and "epoch   3" in resumed.stdout
    assert "epoch   2" not in resumed.stdout
    assert [epoch["epoch"] for epoch in load(folder).card["training"]["history"]] == [1, 2, 3]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_resuming_takes_no_other_settings(capsys, without_training):
    assert "Expected --resume MODEL alone" in failure(capsys, "train", "notebook", "--resume", "x")
    assert "Expected an unfinished training" in failure(capsys, "train", "--resume", "nowhere")
