"""Settings on the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from vae.errors import ConfigError


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
