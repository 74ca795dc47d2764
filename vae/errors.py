"""Every error that the package raises on purpose: one tree, so that a caller can catch all of them or one kind."""

from __future__ import annotations


class VAEError(ValueError):
    """An error that the caller can fix; its text says what was expected and what was received."""


class InputError(VAEError):
    """An argument whose shape, type or range a function doesn't take."""


class ConfigError(VAEError):
    """A configuration that describes no model."""


class CheckpointError(VAEError):
    """A checkpoint that can't be used."""


class DataError(VAEError):
    """A data set that is missing, damaged or not what it should be."""


class ClusterError(VAEError):
    """Machines that can't train together, or one of them that was lost."""


class PreprocessError(VAEError):
    """A picture holds no digit; the message is a plain sentence for whoever drew or sent it."""
