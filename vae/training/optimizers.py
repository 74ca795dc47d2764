"""How a step of training uses its gradients: Adam, and Muon for the matrices.

Both are written for speed inside one graph, as Keras's own go through the weights about ten times a step.
"""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from vae.config import Training


class Adam:
    """Adam in one fused operation for each variable.

    The learning rate follows `training.schedule`.

    Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
    """

    BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-7

    def __init__(self, training: Training, variables: list[keras.Variable], total_steps: int):
        self._training, self._total = training, total_steps
        self._variables = [variable.value for variable in variables]
        self._first, self._second = (
            [tf.Variable(tf.zeros_like(variable)) for variable in self._variables] for _ in range(2)
        )
        self._done = tf.Variable(0.0)

    @property
    def variables(self) -> list[tf.Variable]:
        """All that it remembers from step to step."""
        return [*self._first, *self._second, self._done]

    def take_settings(self, training: Training) -> None:
        """Goes on with another learning rate; it remembers what it did. Graphs made before keep the old one."""
        self._training = training

    def _learning_rate(self):
        if self._training.schedule == "constant":
            return tf.constant(self._training.learning_rate)
        return self._training.learning_rate * (1 + tf.cos(math.pi * self._done / self._total)) / 2

    def apply(self, gradients: list[tf.Tensor]) -> None:
        """Takes one step against the gradients, which are in the variables' order."""
        learning_rate = self._learning_rate()
        done = self._done.assign_add(1)
        powers = self.BETA1**done, self.BETA2**done
        for index, gradient in enumerate(gradients):
            self._update(index, gradient, learning_rate, powers)

    def _update(
        self, index: int, gradient: tf.Tensor, learning_rate: tf.Tensor, powers: tuple[tf.Tensor, tf.Tensor]
    ) -> None:
        """Changes one variable; `powers` are the betas to the power of the steps, this one included."""
        tf.raw_ops.ResourceApplyAdam(
            var=self._variables[index].handle,
            m=self._first[index].handle,
            v=self._second[index].handle,
            beta1_power=powers[0],
            beta2_power=powers[1],
            lr=learning_rate,
            beta1=self.BETA1,
            beta2=self.BETA2,
            epsilon=self.EPSILON,
            grad=gradient,
        )


class Muon(Adam):
    """Muon: the momentum of a matrix with all its singular values set to about 1, so that every direction is learned.

    A convolution's kernel counts as the matrix of its last axis and all others. What is no matrix, or has fewer than
    MIN_SIDE rows or columns (the layers that touch pixels), gets Adam with the same learning rate: updates are scaled
    to the root mean square that Adam's have.

    Sources: Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024 (the steps and their
    coefficients); Liu et al., "Muon is Scalable for LLM Training", 2025, equation 4 (the scale).
    """

    MOMENTUM, COEFFICIENTS, ITERATIONS = 0.95, (3.4445, -4.7750, 2.0315), 5
    SCALE = 0.2
    MIN_SIDE = 8

    def _update(
        self, index: int, gradient: tf.Tensor, learning_rate: tf.Tensor, powers: tuple[tf.Tensor, tf.Tensor]
    ) -> None:
        rows, columns = math.prod(gradient.shape[:-1]), gradient.shape[-1]
        if min(rows, columns) < self.MIN_SIDE:
            super()._update(index, gradient, learning_rate, powers)
            return
        momentum = self._first[index]
        momentum.assign(self.MOMENTUM * momentum + (1 - self.MOMENTUM) * gradient)
        # Nesterov's look ahead.
        ahead = self.MOMENTUM * momentum + (1 - self.MOMENTUM) * gradient
        direction = tf.reshape(self.orthogonalise(tf.reshape(ahead, (rows, columns))), gradient.shape)
        self._variables[index].assign_sub(
            learning_rate * self.SCALE * math.sqrt(max(rows, columns)) * direction
        )

    @classmethod
    def orthogonalise(cls, matrix: tf.Tensor) -> tf.Tensor:
        """A matrix with the same singular vectors and singular values of 0.7 to 1.2, by Newton-Schulz iterations."""
        wide = matrix.shape[0] <= matrix.shape[1]
        x = matrix if wide else tf.transpose(matrix)
        x = x / (tf.norm(x) + 1e-7)
        a, b, c = cls.COEFFICIENTS
        for _ in range(cls.ITERATIONS):
            gram = tf.matmul(x, x, transpose_b=True)
            x = a * x + tf.matmul(b * gram + c * tf.matmul(gram, gram), x)
        return x if wide else tf.transpose(x)


OPTIMIZERS: dict[str, type[Adam]] = {"adam": Adam, "muon": Muon}
