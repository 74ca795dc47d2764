"""A model as ONNX graphs, built layer by layer from its description: no TensorFlow is needed, here or there.

ONNX puts channels first where the description puts them last. So images travel as (n, channels, height, width), and
what is flat keeps the order that the description gives it.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vae.checkpoints import Checkpoint
from vae.config import (
    IMAGE_SHAPE,
    Conv,
    ConvTranspose,
    Dense,
    DepthToSpace,
    Layer,
    SpaceToDepth,
    output_shape,
)
from vae.inference import same_padding

# Old enough for runtimes of several years ago, and all that these graphs need.
OPSET, IR_VERSION = 17, 8
ACTIVATIONS = {"relu": "Relu", "sigmoid": "Sigmoid"}
TO_CHANNELS_FIRST, TO_CHANNELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)


class _Graph:
    """Nodes and weights as they are added; a value is its name."""

    def __init__(self, model: Checkpoint):
        self.model = model
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def add(self, kind: str, *inputs: str, **attributes) -> str:
        output = f"value-{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, name: str, array: np.ndarray) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def reshape(self, x: str, shape: tuple[int, ...]) -> str:
        name = "shape-" + "x".join(map(str, shape))
        return self.add("Reshape", x, self.constant(name, np.array([-1, *shape], np.int64)))

    def layer(self, layer: Layer, prefix: str, x: str, shape: tuple[int, ...]) -> str:
        after = output_shape(layer, shape)
        if isinstance(layer, (Dense, Conv)):
            kernel, bias = (self.model.vae.weights[prefix + name] for name in ("kernel", "bias"))
            if isinstance(layer, Dense):
                attributes = {}
            elif isinstance(layer, ConvTranspose):
                kernel, attributes = kernel.transpose(3, 2, 0, 1), _conv_transpose(layer)
            else:
                kernel, attributes = kernel.transpose(3, 2, 0, 1), _conv(layer, shape)
            kind = {Dense: "Gemm", Conv: "Conv", ConvTranspose: "ConvTranspose"}[type(layer)]
            weights = (
                self.constant(prefix + name, array) for name, array in (("kernel", kernel), ("bias", bias))
            )
            x = self.add(kind, x, *weights, **attributes)
            return self.add(ACTIVATIONS[layer.activation], x) if layer.activation in ACTIVATIONS else x
        if isinstance(layer, DepthToSpace):
            return self.add("DepthToSpace", x, blocksize=layer.block, mode="DCR")
        if isinstance(layer, SpaceToDepth):
            return self.add("SpaceToDepth", x, blocksize=layer.block)
        flat = self.flatten(x, shape) if len(shape) == 3 else x
        x = self.reshape(flat, after)
        return self.add("Transpose", x, perm=TO_CHANNELS_FIRST) if len(after) == 3 else x

    def flatten(self, x: str, shape: tuple[int, ...]) -> str:
        if len(shape) == 3:
            x = self.add("Transpose", x, perm=TO_CHANNELS_LAST)
        return self.reshape(x, (math.prod(shape),))

    def part(self, part: str, x: str) -> tuple[str, tuple[int, ...]]:
        layers, shape = self.model.config.network.parts()[part]
        for index, layer in enumerate(layers):
            x = self.layer(layer, f"{part}.{index}.", x, shape)
            shape = output_shape(layer, shape)
        return x, shape

    def decode(self, z: str) -> str:
        return self.reshape(self.flatten(*self.part("decoder", z)), IMAGE_SHAPE)

    def finish(
        self, name: str, inputs: dict[str, tuple], outputs: dict[str, tuple[str, tuple]]
    ) -> onnx.ModelProto:
        def described(value: str, shape: tuple) -> onnx.ValueInfoProto:
            return helper.make_tensor_value_info(value, TensorProto.FLOAT, ["n", *shape])

        for output, (value, _) in outputs.items():
            self.nodes.append(helper.make_node("Identity", [value], [output]))
        graph = helper.make_graph(
            self.nodes,
            name,
            [described(*item) for item in inputs.items()],
            [described(output, shape) for output, (_, shape) in outputs.items()],
            list(self.constants.values()),
        )
        made = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="vae",
            doc_string=f"The model {self.model.name}, weights {self.model.card['weights_sha256']}.",
        )
        onnx.checker.check_model(made, full_check=True)
        return made


def _conv(layer: Conv, shape: tuple[int, ...]) -> dict:
    rows, columns = (same_padding(size, layer.kernel, layer.stride) for size in shape[:2])
    pads = [rows[0], columns[0], rows[1], columns[1]]
    return {"kernel_shape": [layer.kernel] * 2, "strides": [layer.stride] * 2, "pads": pads}


def _conv_transpose(layer: ConvTranspose) -> dict:
    before = (layer.kernel - layer.stride) // 2
    after = layer.kernel - layer.stride - before
    pads = [before, before, after, after]
    return {"kernel_shape": [layer.kernel] * 2, "strides": [layer.stride] * 2, "pads": pads}


def build(model: Checkpoint) -> dict[str, onnx.ModelProto]:
    """A trained model as ONNX graphs.

    Args:
        model: Any loaded model.

    Returns:
        "denoiser": images (n, 28, 28) to denoised (n, 28, 28), z_mean and z_log_var (n, latent_dim).
        "decoder": z (n, latent_dim) to images (n, 28, 28).

    Source: the ONNX operator specification, https://onnx.ai/onnx/operators; its DepthToSpace in mode DCR and its
    SpaceToDepth order channels as TensorFlow does.
    """
    codes = (model.config.network.latent_dim,)
    denoiser = _Graph(model)
    features, _ = denoiser.part("encoder", denoiser.reshape("images", (1, *IMAGE_SHAPE)))
    (z_mean, _), (z_log_var, _) = (denoiser.part(head, features) for head in ("z_mean", "z_log_var"))
    decoder = _Graph(model)
    return {
        "denoiser": denoiser.finish(
            "denoiser",
            {"images": IMAGE_SHAPE},
            {
                "denoised": (denoiser.decode(z_mean), IMAGE_SHAPE),
                "z_mean": (z_mean, codes),
                "z_log_var": (z_log_var, codes),
            },
        ),
        "decoder": decoder.finish("decoder", {"z": codes}, {"images": (decoder.decode("z"), IMAGE_SHAPE)}),
    }


def write(model: Checkpoint, path: Path) -> None:
    """Writes the graphs of `build(model)` into a new folder, "denoiser.onnx" and "decoder.onnx"."""
    path.mkdir()
    for name, graph in build(model).items():
        onnx.save(graph, path / f"{name}.onnx")
