"""One tree of errors, which the command line turns into sentences."""

import ast
from pathlib import Path

import pytest

import vae
from vae import __main__ as cli
from vae import errors
from vae.commands import COMMANDS

MODULES = sorted(Path(vae.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_errors_are_defined_in_one_module(path):
    classes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)]
    errors_here = [node.name for node in classes if node.name.endswith(("Error", "Exception"))]
    assert not errors_here or path.name == "errors.py"


@pytest.mark.parametrize("name", [name for name in vars(errors) if name.endswith("Error")])
def test_every_error_is_a_vae_error_and_a_value_error(name):
    assert issubclass(getattr(errors, name), errors.VAEError)
    assert issubclass(getattr(errors, name), ValueError)


@pytest.mark.parametrize("kind", [errors.CheckpointError, errors.DataError, errors.PreprocessError, OSError])
def test_the_command_line_says_any_of_them_in_a_line_and_ends_with_2(kind, monkeypatch, capsys):
    def fail(_):
        raise kind("Expected bread. Received a stone.")

    monkeypatch.setattr(COMMANDS["evaluate"], "run", fail)
    assert cli.main(["evaluate"]) == 2
    assert capsys.readouterr().err == "Expected bread. Received a stone.\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_shows_examples_of_it(command, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main([command, "--help"])
    assert exit_.value.code == 0
    assert f"python -m vae {command} " in capsys.readouterr().out.partition("examples:")[2]
