"""Three small networks and how they are trained, in numpy.

A network is a list of nodes, each an op on named values; images are (images, channels, height,
width). An op keeps what its `backward` needs from its last `forward`. All is f32, and the same
seed gives the same network.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits

Array = NDArray[Any]


class Op(ABC):
    """An op without parameters; those with some put them and their gradients into the dicts."""

    def __init__(self) -> None:
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}

    @abstractmethod
    def forward(self, *inputs: Array) -> Array:
        """The value of the op."""

    @abstractmethod
    def backward(self, gradient: Array) -> tuple[Array, ...]:
        """The gradient of each input; those of the parameters are kept."""


def _he(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Initial weights, whose first dimension is the outputs, for use before a relu."""
    terms = int(np.prod(shape[1:]))
    return np.asarray(rng.standard_normal(shape) * np.sqrt(2 / terms), np.float32)


class Conv(Op):
    """A convolution that keeps the size (divides it by the stride), with a bias.

    With `groups` the channels are split into as many groups, each with filters of its own.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        inputs: int,
        outputs: int,
        size: int,
        stride: int = 1,
        groups: int = 1,
    ) -> None:
        super().__init__()
        self.size, self.stride, self.groups = size, stride, groups
        self.parameters["weight"] = _he(rng, (outputs, inputs // groups, size, size))
        self.parameters["bias"] = np.zeros(outputs, np.float32)

    @property
    def pad(self) -> int:
        """How many zeros stand on each side of the image."""
        return self.size // 2

    def forward(self, *inputs: Array) -> Array:
        (x,) = inputs
        around = (self.pad, self.pad)
        x = np.pad(x, ((0, 0), (0, 0), around, around))
        step = slice(None, None, self.stride)
        windows = sliding_window_view(x, (self.size, self.size), axis=(2, 3))[:, :, step, step]
        # To (channels, rows and columns of a filter, images, rows, columns of the result).
        windows = windows.transpose(1, 4, 5, 0, 2, 3)
        self._padded, self._windows = x.shape, windows.shape
        self._columns = windows.reshape(self.groups, -1, np.prod(windows.shape[3:]))
        y = self._filters() @ self._columns
        y = y.reshape(-1, *windows.shape[3:]).transpose(1, 0, 2, 3)
        return np.asarray(y + self.parameters["bias"][:, None, None])

    def backward(self, gradient: Array) -> tuple[Array, ...]:
        weight = self.parameters["weight"]
        self.gradients["bias"] = gradient.sum((0, 2, 3))
        of_sums = gradient.transpose(1, 0, 2, 3).reshape(self.groups, -1, self._columns.shape[2])
        of_filters = of_sums @ self._columns.transpose(0, 2, 1)
        self.gradients["weight"] = of_filters.reshape(weight.shape)
        windows = (self._filters().transpose(0, 2, 1) @ of_sums).reshape(self._windows)
        padded = np.zeros(self._padded, gradient.dtype).transpose(1, 0, 2, 3)
        height, width = (self.stride * n for n in self._windows[4:])
        for row in range(self.size):
            rows = slice(row, row + height, self.stride)
            for column in range(self.size):
                columns = slice(column, column + width, self.stride)
                padded[:, :, rows, columns] += windows[:, row, column]
        inside = slice(self.pad, -self.pad or None)
        return (padded.transpose(1, 0, 2, 3)[:, :, inside, inside],)

    def _filters(self) -> Array:
        weight = self.parameters["weight"]
        return weight.reshape(self.groups, len(weight) // self.groups, -1)


class Dense(Op):
    """x W^T + b."""

    def __init__(self, rng: np.random.Generator, inputs: int, outputs: int) -> None:
        super().__init__()
        self.parameters["weight"] = _he(rng, (outputs, inputs))
        self.parameters["bias"] = np.zeros(outputs, np.float32)

    def forward(self, *inputs: Array) -> Array:
        (self._x,) = inputs
        return np.asarray(self._x @ self.parameters["weight"].T + self.parameters["bias"])

    def backward(self, gradient: Array) -> tuple[Array, ...]:
        self.gradients["bias"] = gradient.sum(0)
        self.gradients["weight"] = gradient.T @ self._x
        return (gradient @ self.parameters["weight"],)


class Relu(Op):
    """max(x, 0)."""

    def forward(self, *inputs: Array) -> Array:
        (x,) = inputs
        self._positive = x > 0
        return np.maximum(x, 0)

    def backward(self, gradient: Array) -> tuple[Array, ...]:
        return (gradient * self._positive,)


class Add(Op):
    """The sum of two values: the end of a residual."""

    def forward(self, *inputs: Array) -> Array:
        return np.asarray(inputs[0] + inputs[1])

    def backward(self, gradient: Array) -> tuple[Array, ...]:
        return gradient, gradient


class GlobalAveragePool(Op):
    """The mean of each channel; height and width become 1."""

    def forward(self, *inputs: Array) -> Array:
        (x,) = inputs
        self._shape = x.shape
        return np.asarray(x.mean((2, 3), keepdims=True))

    def backward(self, gradient: Array) -> tuple[Array, ...]:
        height, width = self._shape[2:]
        return (np.broadcast_to(gradient / (height * width), self._shape),)


class Flatten(Op):
    """One row for each image."""

    def forward(self, *inputs: Array) -> Array:
        (x,) = inputs
        self._shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, gradient: Array) -> tuple[Array, ...]:
        return (gradient.reshape(self._shape),)


@dataclass(frozen=True)
class Node:
    """An op, the values that it takes and the one it gives."""

    op: Op
    inputs: tuple[str, ...]
    output: str


INPUT = "image"
"""The name of the value that a network takes."""


class Network:
    """Nodes in the order in which they run. The last one gives the logits, one for each class."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []

    def add(self, op: Op, *inputs: str) -> str:
        """Append an op; the name of its value."""
        name = f"{type(op).__name__.lower()}{len(self.nodes)}"
        self.nodes.append(Node(op, inputs, name))
        return name

    @property
    def output(self) -> str:
        """The name of the logits."""
        return self.nodes[-1].output

    def forward(self, images: Array) -> dict[str, Array]:
        """Every value by its name."""
        values = {INPUT: images}
        for node in self.nodes:
            values[node.output] = node.op.forward(*(values[name] for name in node.inputs))
        return values

    def backward(self, gradient: Array) -> None:
        """From the gradient of the logits to that of every parameter."""
        gradients: dict[str, Array] = {self.output: gradient}
        for node in reversed(self.nodes):
            for name, part in zip(
                node.inputs, node.op.backward(gradients.pop(node.output)), strict=True
            ):
                gradients[name] = gradients[name] + part if name in gradients else part


def mlp(rng: np.random.Generator) -> Network:
    """Three dense layers."""
    net = Network()
    x = net.add(Flatten(), INPUT)
    x = net.add(Relu(), net.add(Dense(rng, 64, 96), x))
    x = net.add(Relu(), net.add(Dense(rng, 96, 48), x))
    net.add(Dense(rng, 48, 10), x)
    return net


def cnn(rng: np.random.Generator) -> Network:
    """Two convolutions, the second with stride 2, and two dense layers."""
    net = Network()
    x = net.add(Relu(), net.add(Conv(rng, 1, 12, 3), INPUT))
    x = net.add(Relu(), net.add(Conv(rng, 12, 16, 3, stride=2), x))
    x = net.add(Flatten(), x)
    x = net.add(Relu(), net.add(Dense(rng, 256, 32), x))
    net.add(Dense(rng, 32, 10), x)
    return net


def mobilenet(rng: np.random.Generator) -> Network:
    """Inverted residuals as in MobileNetV2, without batch normalization.

    Each is a pointwise convolution to more channels, a depthwise one, and a pointwise one back;
    where neither size nor channels change, its input is added.
    """
    net = Network()
    x = net.add(Relu(), net.add(Conv(rng, 1, 16, 3), INPUT))
    channels = 16
    for outputs, stride in ((16, 1), (24, 2), (24, 1)):
        wide = 2 * channels
        y = net.add(Relu(), net.add(Conv(rng, channels, wide, 1), x))
        y = net.add(Relu(), net.add(Conv(rng, wide, wide, 3, stride, groups=wide), y))
        y = net.add(Conv(rng, wide, outputs, 1), y)
        x = net.add(Add(), x, y) if (channels, 1) == (outputs, stride) else y
        channels = outputs
    x = net.add(Relu(), net.add(Conv(rng, channels, 40, 1), x))
    x = net.add(Flatten(), net.add(GlobalAveragePool(), x))
    net.add(Dense(rng, 40, 10), x)
    return net


@dataclass(frozen=True)
class Images:
    """Images of digits, (images, 1, 8, 8) in [0, 1], and which digit each one is."""

    images: Array
    labels: Array


def digits() -> tuple[Images, Images]:
    """scikit-learn's digits: 1,297 to train and calibrate on, 500 to test on."""
    data = load_digits()
    images = (data.images / 16).astype(np.float32)[:, None]
    order = np.random.default_rng(0).permutation(len(images))
    parts = (order[500:], order[:500])
    train, test = (Images(images[part], data.target[part]) for part in parts)
    return train, test


def cross_entropy(logits: Array, labels: Array) -> tuple[float, Array]:
    """The mean of -log softmax at the labels, and its gradient."""
    shifted = logits - logits.max(1, keepdims=True)
    log_softmax = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    rows = np.arange(len(labels))
    gradient = np.exp(log_softmax)
    gradient[rows, labels] -= 1
    return -float(log_softmax[rows, labels].mean()), gradient / np.float32(len(labels))


class Adam:
    """Kingma and Ba, arXiv:1412.6980, algorithm 1."""

    def __init__(self, network: Network) -> None:
        self._ops = [node.op for node in network.nodes if node.op.parameters]
        zeros = [{n: np.zeros_like(p) for n, p in op.parameters.items()} for op in self._ops]
        self._mean = zeros
        self._square = [{n: z.copy() for n, z in of_op.items()} for of_op in zeros]
        self._steps = 0

    def step(self, rate: float) -> None:
        """Move every parameter against its gradient."""
        self._steps += 1
        b1, b2 = 0.9, 0.999
        rate *= float(np.sqrt(1 - b2**self._steps) / (1 - b1**self._steps))
        for op, mean, square in zip(self._ops, self._mean, self._square, strict=True):
            for name, gradient in op.gradients.items():
                mean[name] += (1 - b1) * (gradient - mean[name])
                square[name] += (1 - b2) * (gradient * gradient - square[name])
                op.parameters[name] -= rate * mean[name] / (np.sqrt(square[name]) + 1e-8)


def train(
    make: Callable[[np.random.Generator], Network],
    data: Images,
    *,
    epochs: int = 12,
    batch: int = 32,
    rate: float = 6e-3,
    seed: int = 0,
) -> Network:
    """A trained network: Adam, whose rate goes to zero along a cosine."""
    rng = np.random.default_rng(seed)
    network = make(rng)
    adam = Adam(network)
    steps = epochs * (len(data.labels) // batch)
    step = 0
    # The order of a sum, and so its bits, depends on the number of threads.
    with threadpool_limits(1):
        while step < steps:
            order = rng.permutation(len(data.labels))
            for at in range(0, len(order) - batch + 1, batch):
                part = order[at : at + batch]
                # With noise, so that no image is learned by heart.
                images = rng.normal(data.images[part], 0.1).astype(np.float32)
                logits = network.forward(images)[network.output]
                network.backward(cross_entropy(logits, data.labels[part])[1])
                adam.step(rate * (1 + float(np.cos(np.pi * step / steps))) / 2)
                step += 1
    return network
