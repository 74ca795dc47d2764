"""Export a model to Keras, TensorFlow, ONNX or a page of its own.

examples:
  python -m vae export calibrated --to html                     calibrated.html: open it in any browser
  python -m vae export calibrated --to onnx                     calibrated-onnx/ with denoiser.onnx and decoder.onnx
  python -m vae export mine --to keras --output mine.keras
  python -m vae export mine --to savedmodel                     mine-savedmodel/, for TensorFlow Serving

Pictures are float32 (n, 28, 28) in [0, 1] in every format, white on black, and codes are (n, latent_dim). No file is
overwritten.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from vae.checkpoints import load
from vae.export import FORMATS, default_path, export


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "model", metavar="MODEL", help="a shipped model or a run by name, or a model's folder"
    )
    meanings = "; ".join(f"{name}: {made.meaning}" for name, made in FORMATS.items())
    parser.add_argument("--to", required=True, choices=FORMATS, metavar="FORMAT", help=meanings)
    parser.add_argument(
        "--output", type=Path, metavar="PATH", help="the file or folder to write (default: after the model)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Writes the model in the format."""
    model = load(arguments.model)
    path = arguments.output or default_path(model, arguments.to)
    export(model, arguments.to, path)
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    print(f"Exported {model.name} to {path}, {sum(file.stat().st_size for file in files) / 1e6:.1f} MB.")
