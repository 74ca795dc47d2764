"""What to train, from the command line: a preset or a file, and changes to it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vae.config import Config, Network
from vae.errors import ConfigError
from vae.presets import PRESETS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that `from_arguments` reads."""
    parser.add_argument("preset", nargs="?", metavar="PRESET", help=" or ".join(sorted(PRESETS)))
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="instead of a preset: JSON as `config` prints it"
    )
    parser.add_argument(
        "--hidden",
        metavar="UNITS",
        help="use dense layers instead, with these units from the pixels to the code, such as 256,128",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="settings",
        metavar="NAME=VALUE",
        help="change a setting, such as training.epochs=5 or network.latent_dim=2; may be repeated",
    )


def from_arguments(arguments: argparse.Namespace) -> Config:
    """The configuration that the arguments describe.

    Raises:
        ConfigError: They describe no configuration, or more than one.
    """
    if (arguments.preset is None) == (arguments.config is None):
        received = "both" if arguments.preset else "neither"
        raise ConfigError(
            f"Expected a preset ({', '.join(sorted(PRESETS))}) or --config FILE. Received {received}."
        )
    config = read_config(arguments.config) if arguments.config else preset(arguments.preset)
    if arguments.hidden is not None:
        network = Network.of_dense_layers(parse_hidden(arguments.hidden), config.network.latent_dim)
        config = config.with_network(network)
    return config.with_changes(parse_settings(arguments.settings))


def preset(name: str) -> Config:
    """A preset by its name.

    Raises:
        ConfigError: There is no such preset.
    """
    if name not in PRESETS:
        raise ConfigError(f"Expected a preset among {', '.join(sorted(PRESETS))}. Received {name!r}.")
    return PRESETS[name]


def read_config(path: Path) -> Config:
    """Reads a configuration in the format of a card: one that `config` printed, or a whole card.

    Raises:
        ConfigError: The file holds none.
        OSError: It can't be read.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"Expected {path} to be JSON. Received: {error}.") from error
    if isinstance(data, dict) and "config" in data:
        data = data["config"]
    return Config.from_dict(data)


def parse_hidden(text: str) -> tuple[int, ...]:
    """Reads "256,128".

    Raises:
        ConfigError: It is not a list of whole numbers.
    """
    try:
        return tuple(int(units) for units in text.split(","))
    except ValueError:
        raise ConfigError(
            f"Expected whole numbers for --hidden, such as 256,128. Received {text!r}."
        ) from None


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """Reads NAME=VALUE pairs; a value is JSON where it can be, and a string otherwise.

    Raises:
        ConfigError: A pair without "=".
    """
    changes = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError(f"Expected NAME=VALUE, such as training.epochs=5. Received {setting!r}.")
        try:
            changes[name] = json.loads(value)
        except ValueError:
            changes[name] = value
    return changes
