"""List, rename or delete the models that were trained here.

They are kept in the folder VAE_RUNS, or else in the checkout's runs/, or else in ./runs. Shipped models can't be
changed.

examples:
  python -m vae models                                list them, with the shipped ones
  python -m vae models rename notebook-2 two-numbers
  python -m vae models delete two-numbers
"""

from __future__ import annotations

import argparse
import shutil

from vae.checkpoints import CARD, load, require_run_name, runs, runs_folder, shipped_models
from vae.errors import CheckpointError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="list all models (what `models` alone does)")
    rename = actions.add_parser("rename", help="rename a run")
    rename.add_argument("name", metavar="RUN")
    rename.add_argument("new_name", metavar="NEW_NAME")
    delete = actions.add_parser("delete", help="delete a run permanently")
    delete.add_argument("name", metavar="RUN")


def run(arguments: argparse.Namespace) -> None:
    """Does what the action says."""
    {"rename": _rename, "delete": _delete}.get(arguments.action, _list)(arguments)


def _list(_: argparse.Namespace) -> None:
    print(f"Runs are kept in {runs_folder()}.")
    for model in [*shipped_models(), *runs()]:
        try:
            found = load(model)
        except CheckpointError as error:
            print(f"{model}: {error}")
            continue
        network = found.config.network
        print(
            f"{found.name:<20}  {network.latent_dim:>3} numbers a code  {network.parameters:>9,} weights  "
            f"{found.data_name:<12}  {'shipped' if model in shipped_models() else found.folder}"
        )


def _run_folder(name: str):
    require_run_name(name)
    folder = runs_folder() / name
    if not (folder / CARD).is_file():
        known = ", ".join(path.name for path in runs()) or "none"
        raise CheckpointError(f"Expected a run in {runs_folder()}: {known}. Received {name!r}.")
    return folder


def _rename(arguments: argparse.Namespace) -> None:
    folder = _run_folder(arguments.name)
    require_run_name(arguments.new_name)
    target = folder.with_name(arguments.new_name)
    if target.exists() or arguments.new_name in shipped_models():
        raise CheckpointError(f"Expected a new name. Received {arguments.new_name!r}, which is taken.")
    folder.rename(target)
    print(f"Renamed {arguments.name} to {arguments.new_name}.")


def _delete(arguments: argparse.Namespace) -> None:
    shutil.rmtree(_run_folder(arguments.name))
    print(f"Deleted {arguments.name}.")
