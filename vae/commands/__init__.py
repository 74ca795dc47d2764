"""The commands of the command line, one module each.

A module has a docstring, whose first line is the command's help and whose examples end the text of `--help`;
`add_arguments(parser)`; and `run(arguments)`, which imports whatever is slow to load or not always installed, and
returns an exit status or None for 0. If a stopped command leaves files behind, STOPPED says so in a sentence.
To add a command, write its module and add it to COMMANDS.
"""

from vae.commands import config, denoise, evaluate, export, figures, models, precompute, train

COMMANDS = {
    "train": train,
    "evaluate": evaluate,
    "precompute": precompute,
    "config": config,
    "models": models,
    "denoise": denoise,
    "figures": figures,
    "export": export,
}
