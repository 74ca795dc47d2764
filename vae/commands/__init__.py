"""The commands of the command line, one module each.

A module has a docstring, of which the first line is the command's help and the rest, its examples, what `--help` ends
with; `add_arguments(parser)`; `run(arguments)`, which returns an exit status
or None for 0; and REQUIREMENTS, the file that installs the packages that it needs.
To add a command, write its module and add it to COMMANDS.
"""

from vae.commands import config, evaluate, models, precompute, train

COMMANDS = {
    "train": train,
    "evaluate": evaluate,
    "precompute": precompute,
    "config": config,
    "models": models,
}
