"""The command line: `python -m vae COMMAND`, with the commands of `vae.commands`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from vae.commands import COMMANDS
from vae.commands.train import INTERRUPTED
from vae.errors import VAEError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vae", description="A denoising variational autoencoder for MNIST."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        summary, _, examples = command.__doc__.partition("\n")
        subparser = commands.add_parser(
            name,
            help=summary[0].lower() + summary[1:].rstrip("."),
            description=summary,
            epilog=examples.strip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(subparser)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: The command line after `python -m vae`; by default that of this process.

    Returns:
        The exit status: 0, 2 for something the user can put right, 130 after Ctrl-C.
    """
    parsed = _parser().parse_args(arguments)
    command = COMMANDS[parsed.command]
    try:
        return command.run(parsed) or 0
    except KeyboardInterrupt:
        print("Stopped. What was there before is as it was.", file=sys.stderr)
        return INTERRUPTED
    except ModuleNotFoundError as error:
        print(
            f"Expected the package {error.name!r}, which `{parsed.command}` needs. It is not installed: run "
            f"`pip install -r {command.REQUIREMENTS}`.",
            file=sys.stderr,
        )
        return 2
    except (VAEError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
