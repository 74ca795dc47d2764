"""A model as a TensorFlow SavedModel: what TensorFlow Serving and TensorFlow in other languages load."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from vae.checkpoints import Checkpoint
from vae.export.keras import build
from vae.validate import IMAGE_SHAPE


def write(model: Checkpoint, path: Path) -> None:
    """Writes a folder that `tf.saved_model.load` reads, with a signature for each way through the model.

    "denoise" (also the one for serving): images (n, 28, 28) to images. "encode": images to z_mean and z_log_var,
    (n, latent_dim). "decode": z (n, latent_dim) to images.
    """
    denoiser = build(model)
    encoder, decoder = denoiser.get_layer("encoder"), denoiser.get_layer("decoder")
    module = tf.Module()
    module.variables_of_the_model = denoiser.variables  # What is not an attribute is not saved.
    images = tf.TensorSpec((None, *IMAGE_SHAPE), tf.float32, "images")
    codes = tf.TensorSpec((None, model.config.network.latent_dim), tf.float32, "z")

    def denoise(images):
        return {"denoised": denoiser(images, training=False)}

    def encode(images):
        z_mean, z_log_var = encoder(images, training=False)
        return {"z_mean": z_mean, "z_log_var": z_log_var}

    def decode(z):
        return {"images": decoder(z, training=False)}

    # Without AutoGraph, which can't turn Python loops into TensorFlow's on every version of Python.
    signatures = {
        "denoise": tf.function(denoise, (images,), autograph=False),
        "encode": tf.function(encode, (images,), autograph=False),
        "decode": tf.function(decode, (codes,), autograph=False),
    }
    for name, function in signatures.items():
        setattr(module, name, function)
    tf.saved_model.save(module, str(path), {"serving_default": module.denoise, **signatures})
