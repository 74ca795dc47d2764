"""What a model is made of: frozen descriptions that Keras, NumPy and JavaScript all read.

A network is two short tuples of layers. The same description is written to a checkpoint's `card.json`, so that
`network.py` (Keras), `inference.py` (NumPy) and `js/` (JavaScript) build the same function from it. A reader, which
says what digit a picture shows, is one such tuple, described, trained and run in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, ClassVar, TypeVar

from vae.errors import ConfigError
from vae.layers import Dense, Flatten, Layer, Shape, layer_from_dict
from vae.validate import IMAGE_SHAPE, is_number, is_positive_int, require

IMAGE_PIXELS = math.prod(IMAGE_SHAPE)


def _run_shape(layers: tuple[Layer, ...], shape: Shape) -> Shape:
    for layer in layers:
        shape = layer.output_shape(shape)
    return shape


class Chains:
    """The base of every description of a network: chains of layers, by name, and properties that follow from them."""

    def parts(self) -> dict[str, tuple[tuple[Layer, ...], Shape]]:
        """Every chain of layers with its input shape, in order."""
        raise NotImplementedError

    def weight_shapes(self) -> dict[str, Shape]:
        """Names and shapes of all weights, in order: "encoder.1.kernel", "z_mean.0.bias", and so on."""
        shapes = {}
        for part, (layers, shape) in self.parts().items():
            for index, layer in enumerate(layers):
                for name, weight_shape in layer.weight_shapes(shape).items():
                    shapes[f"{part}.{index}.{name}"] = weight_shape
                shape = layer.output_shape(shape)
        return shapes

    def unit_axes(self) -> dict[str, int]:
        """Which axis of each kernel counts its layer's units, by the kernel's name."""
        return {
            f"{part}.{index}.kernel": layer.unit_axis
            for part, (layers, _) in self.parts().items()
            for index, layer in enumerate(layers)
            if layer.unit_axis is not None
        }

    @property
    def parameters(self) -> int:
        """How many numbers are learned."""
        return sum(map(math.prod, self.weight_shapes().values()))

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one pass through all chains."""
        total = 0
        for layers, shape in self.parts().values():
            for layer in layers:
                total += layer.multiply_adds(shape)
                shape = layer.output_shape(shape)
        return total


@dataclass(frozen=True)
class Network(Chains):
    """A VAE's network: an encoder trunk, two linear heads (z_mean and z_log_var), and a decoder.

    The encoder reads (28, 28, 1) and the decoder must end with 784 values in [0, 1], in whatever shape.
    """

    encoder: tuple[Layer, ...]
    decoder: tuple[Layer, ...]
    latent_dim: int = 40

    def __post_init__(self):
        require(is_positive_int(self.latent_dim), "latent_dim to be a positive whole number", self.latent_dim)
        shape = self.feature_shape
        require(len(shape) == 1, "an encoder that ends flat", shape)
        shape = _run_shape(self.decoder, (self.latent_dim,))
        require(math.prod(shape) == IMAGE_PIXELS, f"a decoder that ends with {IMAGE_PIXELS} values", shape)

    @classmethod
    def of_dense_layers(cls, hidden: Sequence[int], latent_dim: int) -> Network:
        """A network of dense layers alone, which mirror each other.

        Args:
            hidden: The units of the hidden layers, from the pixels to the code, such as (256, 128).
            latent_dim: How many numbers a code has.

        Raises:
            ConfigError: Units that are not positive whole numbers.
        """
        layers = tuple(Dense(units) for units in hidden)
        return cls((Flatten(), *layers), (*reversed(layers), Dense(IMAGE_PIXELS, "sigmoid")), latent_dim)

    @property
    def feature_shape(self) -> Shape:
        """The shape of the encoder trunk's output, which both heads read."""
        return _run_shape(self.encoder, (*IMAGE_SHAPE, 1))

    def parts(self) -> dict[str, tuple[tuple[Layer, ...], Shape]]:
        """Every chain of layers with its input shape: encoder, z_mean, z_log_var, decoder."""
        head = (Dense(self.latent_dim, "linear"),)
        return {
            "encoder": (self.encoder, (*IMAGE_SHAPE, 1)),
            "z_mean": (head, self.feature_shape),
            "z_log_var": (head, self.feature_shape),
            "decoder": (self.decoder, (self.latent_dim,)),
        }


@dataclass(frozen=True)
class ReaderNetwork(Chains):
    """A reader's network: layers from the picture to flat features, and a linear layer that scores each class.

    The layers read (28, 28, 1). The probability of each class is the softmax of the scores.
    """

    layers: tuple[Layer, ...]
    classes: int = 10

    def __post_init__(self):
        require(is_positive_int(self.classes), "classes to be a positive whole number", self.classes)
        require(len(self.feature_shape) == 1, "layers that end flat", self.feature_shape)

    @property
    def feature_shape(self) -> Shape:
        """The shape of the features that the last layer reads."""
        return _run_shape(self.layers, (*IMAGE_SHAPE, 1))

    def parts(self) -> dict[str, tuple[tuple[Layer, ...], Shape]]:
        """Both chains of layers with their input shapes: features, scores."""
        return {
            "features": (self.layers, (*IMAGE_SHAPE, 1)),
            "scores": ((Dense(self.classes, "linear"),), self.feature_shape),
        }


def _make_real(settings: Noise | Objective | Training, *names: str) -> None:
    """Turns whole numbers into floats where floats are meant: to TensorFlow, 1 and 1.0 have different types."""
    for name in names:
        object.__setattr__(settings, name, float(getattr(settings, name)))


@dataclass(frozen=True)
class Noise:
    """The Gaussian noise that a model is trained to remove: noisy = clip(clean + sigma * N(0, 1), 0, 1).

    sigma is drawn from U(sigma_min, sigma_max) for each image. With `fresh` noise is drawn anew at each step;
    otherwise once, before training.
    """

    kind: ClassVar[str] = "gaussian"  # A key of `vae.corruptions.CORRUPTIONS`.
    sigma_min: float = 0.2
    sigma_max: float = 0.2
    fresh: bool = False

    def __post_init__(self):
        numbers = is_number(self.sigma_min) and is_number(self.sigma_max)
        require(
            numbers and 0 <= self.sigma_min <= self.sigma_max <= 1, "0 <= sigma_min <= sigma_max <= 1", self
        )
        _make_real(self, "sigma_min", "sigma_max")
        require(isinstance(self.fresh, bool), "fresh to be true or false", self.fresh)

    @property
    def in_words(self) -> str:
        """Which levels it has, in a few words."""
        low, high = self.sigma_min, self.sigma_max
        if low == high:
            return "one noise level" if high else "no noise"
        return "every noise level" if (low, high) == (0, 1) else f"noise levels {low:g} to {high:g}"


# Below this mean squared error an image counts as perfect, which keeps the logarithm finite.
MSE_FLOOR = 1e-6

RECONSTRUCTIONS = ("mse", "batch_variance", "image_variance")


@dataclass(frozen=True)
class Objective:
    """What training minimises: a reconstruction loss, plus `kl_weight` times the KL divergence in nats.

    - "mse": the mean squared error over all pixels, as in the notebook.
    - "batch_variance": 784 / 2 log MSE over the batch, the sigma-VAE: a Gaussian decoder whose one shared
      variance stands at its optimum.
    - "image_variance": 784 / 2 log MSE of each image: the same with a variance for each image, so that
      lightly and heavily corrupted images count equally. Up to a factor, this loss is the PSNR.

    Source: Rybkin, Daniilidis and Levine, "Simple and Effective VAE Training with Calibrated Decoders",
    ICML 2021, section 3.3.
    """

    reconstruction: str = "image_variance"
    kl_weight: float = 1.0

    def __post_init__(self):
        require(self.reconstruction in RECONSTRUCTIONS, f"one of {RECONSTRUCTIONS}", self.reconstruction)
        require(
            is_number(self.kl_weight) and self.kl_weight >= 0, "kl_weight to be at least 0", self.kl_weight
        )
        _make_real(self, "kl_weight")

    @property
    def in_words(self) -> str:
        """Whether it has a KL term, and with what weight other than 1, in a few words."""
        if not self.kl_weight:
            return "no KL"
        return "KL" if self.kl_weight == 1 else f"KL × {self.kl_weight:g}"


@dataclass(frozen=True)
class Training:
    """How the objective is minimised, over epochs of shuffled batches.

    `optimizer` is "adam" or "muon" (`vae.training.optimizers`). `schedule` is "constant" or "cosine" (to zero).
    `augmentation` scales small random rotations, scalings and shears of the training digits (0: none). With
    `batch_norm` every hidden layer is normalised while it trains; at the end the normalisation is folded into the
    layer's weights, so the trained network is exactly the described one. After that come `polish_epochs` epochs with
    Adam on the digits as they are, with a learning rate that falls from `polish_learning_rate` to zero. With
    `standardise_codes` every latent is then shifted and scaled to fit the codes of clean training digits to the prior
    as well as possible, which changes no reconstruction: noise draws codes towards 0, so a model trained on every
    noise level keeps those of clean digits too far out. Only the first `share` of the training pictures is used.

    Source: Ioffe and Szegedy, "Batch Normalization", ICML 2015.
    """

    epochs: int = 10
    batch_size: int = 128
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    augmentation: float = 0.0
    batch_norm: bool = False
    polish_epochs: int = 0
    polish_learning_rate: float = 5e-5
    standardise_codes: bool = False
    share: float = 1.0

    def __post_init__(self):
        require(is_positive_int(self.epochs), "epochs to be a positive whole number", self.epochs)
        require(is_positive_int(self.batch_size), "batch_size to be a positive whole number", self.batch_size)
        require(
            self.polish_epochs == 0 or is_positive_int(self.polish_epochs),
            "polish_epochs to be a whole number, 0 or more",
            self.polish_epochs,
        )
        for name in ("learning_rate", "polish_learning_rate", "augmentation", "share"):
            value = getattr(self, name)
            require(is_number(value), f"{name} to be a number", value)
            _make_real(self, name)
        for name in ("learning_rate", "polish_learning_rate"):
            value = getattr(self, name)
            require(value > 0, f"{name} above 0", value)
        require(self.optimizer in ("adam", "muon"), 'an optimizer "adam" or "muon"', self.optimizer)
        require(self.schedule in ("constant", "cosine"), 'a schedule "constant" or "cosine"', self.schedule)
        require(0 < self.share <= 1, "share above 0 and at most 1", self.share)
        require(self.augmentation >= 0, "augmentation to be at least 0", self.augmentation)
        for name in ("batch_norm", "standardise_codes"):
            value = getattr(self, name)
            require(isinstance(value, bool), f"{name} to be true or false", value)


# Settings in older cards that training no longer has.
RETIRED = {"noise": {"draws"}, "training": {"ema", "kl_warmup", "polish_draws"}}


def _without_retired(section: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data[section].items() if name not in RETIRED[section]}


_Kind = TypeVar("_Kind", bound="_Changeable")


class _Changeable:
    """A configuration in sections, whose settings can be changed by name."""

    NETWORK_SETTINGS: ClassVar[tuple[str, ...]] = ()

    def with_changes(self: _Kind, changes: Mapping[str, object]) -> _Kind:
        """A copy with single settings replaced, such as {"training.epochs": 5, "network.latent_dim": 2}.

        Raises:
            ConfigError: No such setting, or a value out of range.
        """
        known = self.settings()
        # All settings of a section at once: one by one, a range might be upside down in between.
        changed: dict[str, dict[str, object]] = {}
        for path, value in changes.items():
            if path not in known:
                raise ConfigError(f"Expected a setting among {', '.join(known)}. Received {path!r}.")
            section, name = path.split(".")
            changed.setdefault(section, {})[name] = value
        parts = {
            section: replace(getattr(self, section), **settings) for section, settings in changed.items()
        }
        return replace(self, **parts)

    def settings(self) -> tuple[str, ...]:
        """The names of all settings that `with_changes` takes."""
        sections = [part.name for part in fields(self) if part.name != "network"]
        names = [f"{section}.{part.name}" for section in sections for part in fields(getattr(self, section))]
        return (*self.NETWORK_SETTINGS, *names)


@dataclass(frozen=True)
class Config(_Changeable):
    """Everything that decides what `train` makes, except the seed and the data."""

    NETWORK_SETTINGS: ClassVar[tuple[str, ...]] = ("network.latent_dim",)

    network: Network
    noise: Noise = field(default_factory=Noise)
    objective: Objective = field(default_factory=Objective)
    training: Training = field(default_factory=Training)

    def __post_init__(self):
        activations = [layer.activation for layer in self.network.decoder if hasattr(layer, "activation")]
        require(
            activations[-1:] == ["sigmoid"],
            "a decoder whose last layer with weights ends in a sigmoid, so that its values are in [0, 1]",
            activations[-1] if activations else "no layer with weights",
        )
        # The shift and the scale go into the weights of the first layer that reads a code.
        require(
            not self.training.standardise_codes
            or any(isinstance(layer, Dense) for layer in self.network.decoder[:1]),
            "a decoder that begins with a dense layer, for standardise_codes",
            self.network.decoder[:1],
        )

    def to_dict(self) -> dict[str, Any]:
        """The configuration as JSON-ready dictionaries; `from_dict` reads it back."""
        network = {
            "latent_dim": self.network.latent_dim,
            "encoder": [layer.to_dict() for layer in self.network.encoder],
            "decoder": [layer.to_dict() for layer in self.network.decoder],
        }
        return {
            "network": network,
            "noise": asdict(self.noise),
            "objective": asdict(self.objective),
            "training": asdict(self.training),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Config:
        """Reads what `to_dict` wrote.

        Raises:
            ConfigError: Something is missing, unknown or out of range.
        """
        try:
            network = data["network"]
            return cls(
                network=Network(
                    encoder=tuple(map(layer_from_dict, network["encoder"])),
                    decoder=tuple(map(layer_from_dict, network["decoder"])),
                    latent_dim=network["latent_dim"],
                ),
                noise=Noise(**_without_retired("noise", data)),
                objective=Objective(**data["objective"]),
                training=Training(**_without_retired("training", data)),
            )
        except ConfigError:
            raise
        except (KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"Expected network, noise, objective and training. Received {error}."
            ) from error

    def with_network(self, network: Network) -> Config:
        """A copy with another network."""
        return replace(self, network=network)


# A reader's default noise: none.
NO_NOISE = Noise(0.0, 0.0, fresh=True)


@dataclass(frozen=True)
class ReaderConfig(_Changeable):
    """Everything that decides what `train reader` makes, except the seed and the data.

    A reader minimises the cross-entropy of the labels. It ignores the settings of `training` for codes and polishing.
    """

    network: ReaderNetwork
    noise: Noise = NO_NOISE
    training: Training = field(default_factory=Training)

    def __post_init__(self):
        training = self.training
        require(
            not training.polish_epochs and not training.standardise_codes,
            "a reader's training without polish_epochs and standardise_codes",
            training,
        )

    def to_dict(self) -> dict[str, Any]:
        """The configuration as JSON-ready dictionaries; `from_dict` reads it back."""
        network = {
            "classes": self.network.classes,
            "layers": [layer.to_dict() for layer in self.network.layers],
        }
        return {"network": network, "noise": asdict(self.noise), "training": asdict(self.training)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ReaderConfig:
        """Reads what `to_dict` wrote.

        Raises:
            ConfigError: Something is missing, unknown or out of range.
        """
        try:
            network = data["network"]
            layers = tuple(map(layer_from_dict, network["layers"]))
            return cls(
                ReaderNetwork(layers, network["classes"]),
                Noise(**data["noise"]),
                Training(**data["training"]),
            )
        except ConfigError:
            raise
        except (KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"Expected network, noise and training. Received {error}.") from error

    def with_classes(self, classes: int) -> ReaderConfig:
        """A copy for another number of classes."""
        return replace(self, network=replace(self.network, classes=classes))
