"""A model as ONNX graphs, built layer by layer from its description: no TensorFlow is needed, here or there.

ONNX puts channels first where the description puts them last. So images travel as (n, channels, height, width), and
what is flat keeps the order that the description gives it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vae.checkpoints import Checkpoint
from vae.export import counterpart
from vae.layers import (
    Conv,
    ConvTranspose,
    Dense,
    DepthToSpace,
    Flatten,
    Layer,
    Reshape,
    Shape,
    SpaceToDepth,
    same_padding,
)
from vae.validate import IMAGE_SHAPE

# Old enough for runtimes of several years ago, and all that these graphs need.
OPSET, IR_VERSION = 17, 8
ACTIVATIONS = {"linear": None, "relu": "Relu", "sigmoid": "Sigmoid"}
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

    def reshape(self, x: str, shape: Shape) -> str:
        name = "shape-" + "x".join(map(str, shape))
        return self.add("Reshape", x, self.constant(name, np.array([-1, *shape], np.int64)))

    def weighted(
        self,
        kind: str,
        layer: Dense | Conv | ConvTranspose,
        prefix: str,
        x: str,
        kernel: np.ndarray,
        **attributes,
    ) -> str:
        bias = self.model.vae.weights[prefix + "bias"]
        weights = (
            self.constant(prefix + name, array) for name, array in (("kernel", kernel), ("bias", bias))
        )
        x = self.add(kind, x, *weights, **attributes)
        activation = ACTIVATIONS[layer.activation]
        return self.add(activation, x) if activation else x

    def flatten(self, x: str, shape: Shape) -> str:
        if len(shape) == 3:
            x = self.add("Transpose", x, perm=TO_CHANNELS_LAST)
        return self.reshape(x, (math.prod(shape),))

    def part(self, part: str, x: str) -> tuple[str, Shape]:
        layers, shape = self.model.config.network.parts()[part]
        for index, layer in enumerate(layers):
            x = counterpart(ONNX_LAYERS, layer)(self, layer, f"{part}.{index}.", x, shape)
            shape = layer.output_shape(shape)
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
            doc_string=f"The model {self.model.name}, weights {self.model.digest}.",
        )
        onnx.checker.check_model(made, full_check=True)
        return made


def _dense(graph: _Graph, layer: Dense, prefix: str, x: str, shape: Shape) -> str:
    return graph.weighted("Gemm", layer, prefix, x, graph.model.vae.weights[prefix + "kernel"])


def _conv(graph: _Graph, layer: Conv, prefix: str, x: str, shape: Shape) -> str:
    before, after = zip(*(same_padding(size, layer.kernel, layer.stride) for size in shape[:2]), strict=True)
    return _convolution("Conv", graph, layer, prefix, x, [*before, *after])


def _conv_transpose(graph: _Graph, layer: ConvTranspose, prefix: str, x: str, shape: Shape) -> str:
    before = (layer.kernel - layer.stride) // 2
    after = layer.kernel - layer.stride - before
    return _convolution("ConvTranspose", graph, layer, prefix, x, [before, before, after, after])


def _convolution(
    kind: str, graph: _Graph, layer: Conv | ConvTranspose, prefix: str, x: str, pads: list[int]
) -> str:
    # ONNX has the kernel's rows and columns last.
    kernel = graph.model.vae.weights[prefix + "kernel"].transpose(3, 2, 0, 1)
    size = {"kernel_shape": [layer.kernel] * 2, "strides": [layer.stride] * 2, "pads": pads}
    return graph.weighted(kind, layer, prefix, x, kernel, **size)


def _reshape(graph: _Graph, layer: Flatten | Reshape, prefix: str, x: str, shape: Shape) -> str:
    after = layer.output_shape(shape)
    x = graph.reshape(graph.flatten(x, shape), after)
    return graph.add("Transpose", x, perm=TO_CHANNELS_FIRST) if len(after) == 3 else x


def _space_to_depth(graph: _Graph, layer: SpaceToDepth, prefix: str, x: str, shape: Shape) -> str:
    return graph.add("SpaceToDepth", x, blocksize=layer.block)


def _depth_to_space(graph: _Graph, layer: DepthToSpace, prefix: str, x: str, shape: Shape) -> str:
    return graph.add("DepthToSpace", x, blocksize=layer.block, mode="DCR")


# The counterpart of each kind of `vae.layers`: (graph, description, its weights' prefix, value before, shape before it)
# -> value after.
ONNX_LAYERS: dict[type[Layer], Callable[[_Graph, Layer, str, str, Shape], str]] = {
    Dense: _dense,
    Conv: _conv,
    ConvTranspose: _conv_transpose,
    Flatten: _reshape,
    Reshape: _reshape,
    SpaceToDepth: _space_to_depth,
    DepthToSpace: _depth_to_space,
}


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
