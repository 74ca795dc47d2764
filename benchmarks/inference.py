"""How fast is a forward pass: NumPy's `VAE.denoise` beside a warm `tf.function` of the same net in Keras.

Run it as `python -m benchmarks.inference [--repeats 300]`. Each of the two runs in a process of its own, one
after the other, one digit and then a batch of 64. Compare the two columns, never a column with another day's.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from vae.checkpoints import load, shipped_models
from vae.inference import VAE

BATCHES = (1, 64)
# Short bursts of both take turns, lest one of them alone meets a busy moment of the machine.
ROUNDS = 3


def numpy_denoiser(vae: VAE) -> Callable[[np.ndarray], np.ndarray]:
    """What the app runs."""
    return vae.denoise


def keras_denoiser(vae: VAE) -> Callable[[np.ndarray], np.ndarray]:
    """The same network and weights as a compiled TensorFlow graph."""
    from vae.training import network  # Importing `vae.training` quietens TensorFlow.

    import tensorflow as tf  # isort: skip

    model = network.build(vae.network, seed=0)
    network.set_weights(model, vae.weights)

    @tf.function(input_signature=[tf.TensorSpec((None, 28, 28), tf.float32)])
    def denoise(images):
        return model.decoder(model.encoder(images[..., None])[0])

    return lambda images: denoise(images).numpy()


ENGINES = {"numpy": numpy_denoiser, "keras": keras_denoiser}


def time_engine(engine: str, model: str, repeats: int) -> dict[int, list[float]]:
    """Milliseconds of each call, by batch size."""
    vae = load(model).vae
    denoise = ENGINES[engine](vae)
    images = np.random.default_rng(0).random((max(BATCHES), 28, 28), dtype=np.float32)
    times = {}
    for batch in BATCHES:
        count = max(repeats // batch**0.5, 20)
        for _ in range(10):
            denoise(images[:batch])
        times[batch] = []
        for _ in range(int(count)):
            start = time.perf_counter()
            denoise(images[:batch])
            times[batch].append(1e3 * (time.perf_counter() - start))
    return times


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=shipped_models(), help="default: all shipped")
    parser.add_argument("--repeats", type=int, default=300, help="calls in each of three rounds")
    parser.add_argument("--engine", choices=sorted(ENGINES), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.engine:
        print(json.dumps(time_engine(arguments.engine, *arguments.models, arguments.repeats)))
        return

    print(f"{'model':<14} {'batch':>5}  {'NumPy, ms (p95)':>18}  {'tf.function, ms (p95)':>22}  {'ratio':>6}")
    for model in arguments.models:
        times = {engine: {str(batch): [] for batch in BATCHES} for engine in ENGINES}
        for _ in range(ROUNDS):
            for engine, of_engine in times.items():
                command = [sys.executable, "-m", "benchmarks.inference", model, "--engine", engine]
                command += ["--repeats", str(arguments.repeats)]
                result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                for batch, milliseconds in json.loads(result.stdout.splitlines()[-1]).items():
                    of_engine[batch] += milliseconds
        for batch in BATCHES:
            ours, theirs = (np.array(times[engine][str(batch)]) for engine in ("numpy", "keras"))
            cells = [f"{np.median(t):.2f} ({np.percentile(t, 95):.2f})" for t in (ours, theirs)]
            ratio = np.median(ours) / np.median(theirs)
            print(f"{model:<14} {batch:>5}  {cells[0]:>18}  {cells[1]:>22}  {ratio:>6.2f}", flush=True)


if __name__ == "__main__":
    main()
