"""The command line: `python -m vae COMMAND`, with the commands of `vae.commands`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import vae
from vae.commands import COMMANDS
from vae.commands.train import INTERRUPTED
from vae.errors import VAEError

# What to install, of pyproject.toml's extras, for a package that not every command needs.
INSTALLS = {
    "tensorflow": ".[train]",
    "keras": ".[train]",
    "tqdm": ".",
    "sklearn": ".[evaluate]",
    "skimage": ".[photos]",
    "scipy": ".[photos]",
    "bm3d": ".[evaluate]",
    "matplotlib": ".[figures]",
    "onnx": ".[export]",
}
NOTHING_WRITTEN = "What was there before is as it was."


def _parser() -> argparse.ArgumentParser:
    # Help shows what was typed: the installed command, or the module of a checkout.
    program = "vae" if Path(sys.argv[0]).stem == "vae" else "python -m vae"
    parser = argparse.ArgumentParser(
        prog=program, description="A denoising variational autoencoder for MNIST."
    )
    parser.add_argument("--version", action="version", version=f"vae {vae.__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        summary, _, examples = command.__doc__.partition("\n")
        subparser = commands.add_parser(
            name,
            help=summary[0].lower() + summary[1:].rstrip("."),
            description=summary,
            epilog=examples.strip().replace("python -m vae", program),
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
        print(f"Stopped. {getattr(command, 'STOPPED', NOTHING_WRITTEN)}", file=sys.stderr)
        return INTERRUPTED
    except ModuleNotFoundError as error:
        wanted = INSTALLS.get(str(error.name).partition(".")[0])
        if wanted is None:
            raise
        print(
            f"Expected the package {error.name!r}, which this needs. It is not installed: run "
            f'`pip install "{wanted}"` in the project\'s folder.',
            file=sys.stderr,
        )
        return 2
    except VAEError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        named = error.filename is not None and error.strerror
        print(
            f"Expected to read or write {error.filename}. Received: {error.strerror}." if named else error,
            file=sys.stderr,
        )
        return 2


if __name__ == "__main__":
    sys.exit(main())
