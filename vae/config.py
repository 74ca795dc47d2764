"""What a model is made of: frozen descriptions that Keras, NumPy and JavaScript all read.

A network is two short tuples of layers. The same description is written to a checkpoint's `card.json`, so that
`network.py` (Keras), `inference.py` (NumPy) and `ui/live/` (JavaScript) build the same function from it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, ClassVar

from vae.errors import ConfigError

IMAGE_SHAPE = (28, 28)
IMAGE_PIXELS = math.prod(IMAGE_SHAPE)

ACTIVATIONS = ("linear", "relu", "sigmoid")


def _require(condition: bool, expected: str, received: object) -> None:
    if not condition:
        raise ConfigError(f"Expected {expected}. Received {received!r}.")


def _is_positive_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True)
class Dense:
    """A fully connected layer: (n, inputs) -> (n, units)."""

    kind: ClassVar[str] = "dense"
    units: int
    activation: str = "relu"

    def __post_init__(self):
        _require(_is_positive_int(self.units), "units to be a positive whole number", self.units)
        _require(self.activation in ACTIVATIONS, f"an activation among {ACTIVATIONS}", self.activation)


@dataclass(frozen=True)
class Conv:
    """A convolution with "same" padding: (n, h, w, c) -> (n, ceil(h / stride), ceil(w / stride), filters)."""

    kind: ClassVar[str] = "conv"
    filters: int
    kernel: int = 3
    stride: int = 1
    activation: str = "relu"

    def __post_init__(self):
        for name in ("filters", "kernel", "stride"):
            value = getattr(self, name)
            _require(_is_positive_int(value), f"{name} to be a positive whole number", value)
        _require(self.activation in ACTIVATIONS, f"an activation among {ACTIVATIONS}", self.activation)


@dataclass(frozen=True)
class ConvTranspose(Conv):
    """A transposed convolution with "same" padding: (n, h, w, c) -> (n, h * stride, w * stride, filters)."""

    kind: ClassVar[str] = "conv_transpose"

    def __post_init__(self):
        super().__post_init__()
        # With a kernel smaller than its stride some output pixels would see no input at all.
        _require(
            self.kernel >= self.stride, "a kernel no smaller than the stride", (self.kernel, self.stride)
        )


@dataclass(frozen=True)
class Flatten:
    """(n, h, w, c) -> (n, h * w * c), rows first."""

    kind: ClassVar[str] = "flatten"


@dataclass(frozen=True)
class Reshape:
    """(n, inputs) -> (n, *shape)."""

    kind: ClassVar[str] = "reshape"
    shape: tuple[int, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "shape", tuple(self.shape))
        _require(
            len(self.shape) > 0 and all(map(_is_positive_int, self.shape)),
            "a shape of positive numbers",
            self.shape,
        )


@dataclass(frozen=True)
class SpaceToDepth:
    """Each block of pixels becomes the channels of one: (n, h, w, c) -> (n, h / b, w / b, b * b * c).

    The channel order is (row in block, column in block, channel), TensorFlow's `space_to_depth`.
    """

    kind: ClassVar[str] = "space_to_depth"
    block: int = 2

    def __post_init__(self):
        _require(_is_positive_int(self.block), "block to be a positive whole number", self.block)


@dataclass(frozen=True)
class DepthToSpace(SpaceToDepth):
    """Channels become blocks of pixels: (n, h, w, b * b * c) -> (n, h * b, w * b, c).

    Source: Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
    Convolutional Neural Network", CVPR 2016, equation 4.
    """

    kind: ClassVar[str] = "depth_to_space"


Layer = Dense | Conv | ConvTranspose | Flatten | Reshape | SpaceToDepth | DepthToSpace
LAYERS = {
    kind.kind: kind for kind in (Dense, Conv, ConvTranspose, Flatten, Reshape, SpaceToDepth, DepthToSpace)
}


def output_shape(layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of one example after a layer.

    Args:
        layer: Any layer description.
        shape: The shape of one example before it, without the batch axis.

    Returns:
        The shape of one example after it.

    Raises:
        ConfigError: The layer can't take that shape.
    """
    if isinstance(layer, Flatten):
        return (math.prod(shape),)
    if isinstance(layer, Reshape):
        _require(
            math.prod(shape) == math.prod(layer.shape), f"{math.prod(layer.shape)} values to reshape", shape
        )
        return layer.shape
    if isinstance(layer, Dense):
        _require(len(shape) == 1, "a flat input to a dense layer", shape)
        return (layer.units,)
    _require(len(shape) == 3, f"an input (height, width, channels) to {layer.kind}", shape)
    height, width, channels = shape
    if isinstance(layer, ConvTranspose):
        return (height * layer.stride, width * layer.stride, layer.filters)
    if isinstance(layer, Conv):
        return (-(-height // layer.stride), -(-width // layer.stride), layer.filters)
    block = layer.block
    if isinstance(layer, DepthToSpace):
        _require(channels % block**2 == 0, f"a multiple of {block**2} channels", shape)
        return (height * block, width * block, channels // block**2)
    _require(height % block == width % block == 0, f"height and width divisible by {block}", shape)
    return (height // block, width // block, channels * block**2)


def weight_shapes(layer: Layer, shape: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """The weights of a layer: {"kernel": shape, "bias": shape}, or {} for a layer without any.

    A dense kernel is (inputs, units), a convolution's (kernel, kernel, inputs, filters), a transposed
    convolution's (kernel, kernel, filters, inputs), as in Keras.
    """
    if isinstance(layer, Dense):
        return {"kernel": (shape[0], layer.units), "bias": (layer.units,)}
    if isinstance(layer, ConvTranspose):
        return {"kernel": (layer.kernel, layer.kernel, layer.filters, shape[-1]), "bias": (layer.filters,)}
    if isinstance(layer, Conv):
        return {"kernel": (layer.kernel, layer.kernel, shape[-1], layer.filters), "bias": (layer.filters,)}
    return {}


@dataclass(frozen=True)
class Network:
    """A VAE's network: an encoder trunk, two linear heads (z_mean and z_log_var), and a decoder.

    The encoder reads (28, 28, 1) and the decoder must end with 784 values in [0, 1], in whatever shape.
    """

    encoder: tuple[Layer, ...]
    decoder: tuple[Layer, ...]
    latent_dim: int = 40

    def __post_init__(self):
        _require(
            _is_positive_int(self.latent_dim), "latent_dim to be a positive whole number", self.latent_dim
        )
        shape = self.feature_shape
        _require(len(shape) == 1, "an encoder that ends flat", shape)
        shape = self._run_shape(self.decoder, (self.latent_dim,))
        _require(math.prod(shape) == IMAGE_PIXELS, f"a decoder that ends with {IMAGE_PIXELS} values", shape)

    @staticmethod
    def _run_shape(layers: tuple[Layer, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
        for layer in layers:
            shape = output_shape(layer, shape)
        return shape

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """The shape of the encoder trunk's output, which both heads read."""
        return self._run_shape(self.encoder, (*IMAGE_SHAPE, 1))

    def parts(self) -> dict[str, tuple[tuple[Layer, ...], tuple[int, ...]]]:
        """Every chain of layers with its input shape: encoder, z_mean, z_log_var, decoder."""
        head = (Dense(self.latent_dim, "linear"),)
        return {
            "encoder": (self.encoder, (*IMAGE_SHAPE, 1)),
            "z_mean": (head, self.feature_shape),
            "z_log_var": (head, self.feature_shape),
            "decoder": (self.decoder, (self.latent_dim,)),
        }

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of all weights, in order: "encoder.1.kernel", "z_mean.0.bias", and so on."""
        shapes = {}
        for part, (layers, shape) in self.parts().items():
            for index, layer in enumerate(layers):
                for name, weight_shape in weight_shapes(layer, shape).items():
                    shapes[f"{part}.{index}.{name}"] = weight_shape
                shape = output_shape(layer, shape)
        return shapes

    @property
    def parameters(self) -> int:
        """How many numbers are learned."""
        return sum(map(math.prod, self.weight_shapes().values()))

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one pass through encoder, heads and decoder."""
        total = 0
        for layers, shape in self.parts().values():
            for layer in layers:
                kernel = math.prod(weight_shapes(layer, shape).get("kernel", (0,)))
                after = output_shape(layer, shape)
                # Every kernel weight is used once at each output pixel, or, transposed, at each input pixel.
                pixels = {ConvTranspose: shape[:2], Conv: after[:2]}.get(type(layer), ())
                total += kernel * math.prod(pixels)
                shape = after
        return total


@dataclass(frozen=True)
class Noise:
    """The Gaussian noise that a model is trained to remove: noisy = clip(clean + sigma * N(0, 1), 0, 1).

    sigma is drawn from U(sigma_min, sigma_max) for each image, `draws` times, and the largest is taken: more draws
    put more weight on heavy noise. With `fresh` noise is drawn anew at each step; otherwise once, before training.
    """

    kind: ClassVar[str] = "gaussian"  # A key of `vae.noise.CORRUPTIONS`.
    sigma_min: float = 0.2
    sigma_max: float = 0.2
    fresh: bool = False
    draws: int = 1

    def __post_init__(self):
        numbers = _is_number(self.sigma_min) and _is_number(self.sigma_max)
        _require(
            numbers and 0 <= self.sigma_min <= self.sigma_max <= 1, "0 <= sigma_min <= sigma_max <= 1", self
        )
        _require(isinstance(self.fresh, bool), "fresh to be true or false", self.fresh)
        _require(_is_positive_int(self.draws), "draws to be a positive whole number", self.draws)


# Below this mean squared error an image counts as perfect: it keeps the logarithm finite.
MSE_FLOOR = 1e-6

RECONSTRUCTIONS = ("mse", "batch_variance", "image_variance")


@dataclass(frozen=True)
class Objective:
    """What training minimises: a reconstruction loss, plus `kl_weight` times the KL divergence in nats.

    - "mse": the mean squared error over all pixels, as in the notebook.
    - "batch_variance": 784 / 2 log MSE over the batch, the sigma-VAE: a Gaussian decoder whose one shared
      variance stands at its optimum.
    - "image_variance": 784 / 2 log MSE of each image: the same with a variance for each image, so that a
      lightly and a heavily corrupted image weigh alike, and so that the loss is, up to a factor, the PSNR.

    Source: Rybkin, Daniilidis and Levine, "Simple and Effective VAE Training with Calibrated Decoders",
    ICML 2021, section 3.3.
    """

    reconstruction: str = "image_variance"
    kl_weight: float = 1.0

    def __post_init__(self):
        _require(self.reconstruction in RECONSTRUCTIONS, f"one of {RECONSTRUCTIONS}", self.reconstruction)
        _require(
            _is_number(self.kl_weight) and self.kl_weight >= 0, "kl_weight to be at least 0", self.kl_weight
        )


@dataclass(frozen=True)
class Training:
    """How the objective is minimised, over epochs of shuffled batches.

    `optimizer` is "adam" or "muon" (`vae.optimizers`). `schedule` is "constant" or "cosine" (to zero). `ema` is the
    momentum of the weights' exponential moving average, which is what is kept at the end (0: none). `augmentation`
    scales small random rotations, scalings and shears of the training digits (0: none). Over the first `kl_warmup`
    of all steps the weight of the KL divergence climbs from 0 to its full value, lest the codes collapse to the
    prior before the decoder can use them. With `batch_norm` every hidden layer is normalised while it trains; the
    normalisation is folded into the layer's weights at the end, so that the trained network is the described one
    and nothing more. `polish_epochs` more follow after that with Adam, on the digits as they are and with the
    largest of `polish_draws` sigmas, its learning rate falling from `polish_learning_rate` to zero. With
    `standardise_codes` every latent is then shifted and scaled so that the codes of clean training digits fit the
    prior best, which no reconstruction notices: noise draws codes towards 0, so that a model trained on every noise
    level keeps those of clean digits too far out.

    Sources: Sonderby et al., "Ladder Variational Autoencoders", NeurIPS 2016, section 2.3 (warm-up); Ioffe and
    Szegedy, "Batch Normalization", ICML 2015.
    """

    epochs: int = 10
    batch_size: int = 128
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    ema: float = 0.0
    augmentation: float = 0.0
    kl_warmup: float = 0.0
    batch_norm: bool = False
    polish_epochs: int = 0
    polish_learning_rate: float = 5e-5
    polish_draws: int = 1
    standardise_codes: bool = False

    def __post_init__(self):
        _require(_is_positive_int(self.epochs), "epochs to be a positive whole number", self.epochs)
        _require(
            _is_positive_int(self.batch_size), "batch_size to be a positive whole number", self.batch_size
        )
        _require(
            self.polish_epochs == 0 or _is_positive_int(self.polish_epochs),
            "polish_epochs to be a whole number, 0 or more",
            self.polish_epochs,
        )
        _require(_is_positive_int(self.polish_draws), "polish_draws to be at least 1", self.polish_draws)
        for name in ("learning_rate", "polish_learning_rate", "ema", "augmentation", "kl_warmup"):
            value = getattr(self, name)
            _require(_is_number(value), f"{name} to be a number", value)
        for name in ("learning_rate", "polish_learning_rate"):
            value = getattr(self, name)
            _require(value > 0, f"{name} above 0", value)
        _require(self.optimizer in ("adam", "muon"), 'an optimizer "adam" or "muon"', self.optimizer)
        _require(self.schedule in ("constant", "cosine"), 'a schedule "constant" or "cosine"', self.schedule)
        _require(0 <= self.ema < 1, "ema in [0, 1)", self.ema)
        _require(0 <= self.kl_warmup <= 1, "kl_warmup in [0, 1]", self.kl_warmup)
        _require(self.augmentation >= 0, "augmentation to be at least 0", self.augmentation)
        for name in ("batch_norm", "standardise_codes"):
            value = getattr(self, name)
            _require(isinstance(value, bool), f"{name} to be true or false", value)


@dataclass(frozen=True)
class Config:
    """Everything that decides what `train` makes, but for the seed and the data."""

    network: Network
    noise: Noise = field(default_factory=Noise)
    objective: Objective = field(default_factory=Objective)
    training: Training = field(default_factory=Training)

    def __post_init__(self):
        # The shift and the scale go into the weights of the first layer that reads a code.
        _require(
            not self.training.standardise_codes
            or any(isinstance(layer, Dense) for layer in self.network.decoder[:1]),
            "a decoder that begins with a dense layer, for standardise_codes",
            self.network.decoder[:1],
        )

    def to_dict(self) -> dict[str, Any]:
        """The configuration as JSON-ready dictionaries; `from_dict` reads it back."""
        network = {
            "latent_dim": self.network.latent_dim,
            "encoder": [{"kind": layer.kind, **asdict(layer)} for layer in self.network.encoder],
            "decoder": [{"kind": layer.kind, **asdict(layer)} for layer in self.network.decoder],
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
                    encoder=tuple(map(_layer, network["encoder"])),
                    decoder=tuple(map(_layer, network["decoder"])),
                    latent_dim=network["latent_dim"],
                ),
                noise=Noise(**data["noise"]),
                objective=Objective(**data["objective"]),
                training=Training(**data["training"]),
            )
        except ConfigError:
            raise
        except (KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"Expected network, noise, objective and training. Received {error}."
            ) from error

    def with_changes(self, changes: Mapping[str, object]) -> Config:
        """A copy with single settings replaced, such as {"training.epochs": 5}.

        Raises:
            ConfigError: No such setting, or a value out of range.
        """
        # All settings of a section at once: one by one, a range may be upside down on the way.
        changed: dict[str, dict[str, object]] = {}
        for path, value in changes.items():
            section, _, name = path.partition(".")
            part = getattr(self, section, None)
            known = section in {"noise", "objective", "training"} and name in {f.name for f in fields(part)}
            _require(known, 'a setting of noise, objective or training, such as "training.epochs"', path)
            changed.setdefault(section, {})[name] = value
        parts = {
            section: replace(getattr(self, section), **settings) for section, settings in changed.items()
        }
        return replace(self, **parts)


def _layer(data: Mapping[str, Any]) -> Layer:
    _require(isinstance(data, Mapping), "a layer as a mapping with its kind", data)
    options = dict(data)
    kind = options.pop("kind", None)
    _require(isinstance(kind, str) and kind in LAYERS, f"a layer kind among {sorted(LAYERS)}", kind)
    return LAYERS[kind](**options)
