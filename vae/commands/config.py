"""Print a preset as JSON, to edit and train with --config.

examples:
  python -m vae config notebook > my.json                 edit it, then: python -m vae train --config my.json
  python -m vae config notebook --hidden 256,128 --set network.latent_dim=2
"""

from __future__ import annotations

import argparse
import json

from vae.commands import configuration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    configuration.add_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Prints the configuration."""
    print(json.dumps(configuration.from_arguments(arguments).to_dict(), indent=1))
