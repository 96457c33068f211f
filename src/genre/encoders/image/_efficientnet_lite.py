"""EfficientNet-lite0: what a picture shows, as 1280 numbers."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PIXELS, WIDTH = 224, 1280
CENTRE, SCALE = 127.0, 128.0
"""How pixels were scaled when the weights were trained."""
_EPSILON = 1e-3
_BLOCKS = (
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)
"""Times, kernel, stride of the first, expansion, channels before and after."""


class EfficientNetLite0(nn.Module):
    """Pixels (B x 3 x 224 x 224, scaled) -> B x 1280, the mean over places of what the last convolution says.

    Batch normalisation is folded into the convolutions, so that there is nothing in it that a batch could change.
    Reference: EfficientNet, arXiv 1905.11946; lite: no squeeze-and-excitation, ReLU6.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = _Convolution(3, 32, 3, stride=2)
        blocks = []
        for times, kernel, stride, expansion, before, after in _BLOCKS:
            for place in range(times):
                first = place == 0
                inputs = before if first else after
                blocks.append(_Block(inputs, after, kernel, stride if first else 1, expansion))
        self.blocks = nn.ModuleList(blocks)
        self.head = _Convolution(320, WIDTH, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        states = self.stem(pixels)
        for block in self.blocks:
            states = block(states)
        return self.head(states).mean(dim=(2, 3))

    @staticmethod
    def of(weights: Mapping[str, Tensor]) -> EfficientNetLite0:
        """With the published weights, ready to be asked.

        Raises:
            KeyError, RuntimeError: these are not the weights of this network.
        """
        network = EfficientNetLite0()
        network.stem.fill(weights, "_conv_stem", "_bn0")
        for place, block in enumerate(network.blocks):
            assert isinstance(block, _Block)
            prefix = f"_blocks.{place}."
            if block.expand is not None:
                block.expand.fill(weights, f"{prefix}_expand_conv", f"{prefix}_bn0")
            block.depthwise.fill(weights, f"{prefix}_depthwise_conv", f"{prefix}_bn1")
            block.project.fill(weights, f"{prefix}_project_conv", f"{prefix}_bn2")
        network.head.fill(weights, "_conv_head", "_bn1")
        return network.eval().requires_grad_(False)


class _Convolution(nn.Module):
    """A convolution with a bias, padded so that ceil(size / stride) is left, the odd pixel at the end."""

    def __init__(
        self, before: int, after: int, kernel: int, stride: int = 1, groups: int = 1, is_bounded: bool = True
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(before, after, kernel, stride, groups=groups)
        self.is_bounded = is_bounded

    def forward(self, inputs: Tensor) -> Tensor:
        kernel, stride = self.convolution.kernel_size[0], self.convolution.stride[0]
        pads: list[int] = []
        for size in (inputs.shape[-1], inputs.shape[-2]):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]
        outputs = self.convolution(F.pad(inputs, pads) if any(pads) else inputs)
        return F.relu6(outputs) if self.is_bounded else outputs

    @torch.no_grad()
    def fill(self, weights: Mapping[str, Tensor], name: str, norm: str) -> None:
        """Take the weights of a convolution without bias and of the batch normalisation behind it."""
        scale = weights[f"{norm}.weight"] / (weights[f"{norm}.running_var"] + _EPSILON).sqrt()
        self.convolution.weight.copy_(weights[f"{name}.weight"] * scale[:, None, None, None])
        bias = self.convolution.bias
        assert bias is not None
        bias.copy_(weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale)


class _Block(nn.Module):
    """Expand, look around in each channel, project back; the input is added where the shapes agree."""

    def __init__(self, before: int, after: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inside = before * expansion
        self.expand = _Convolution(before, inside, 1) if expansion > 1 else None
        self.depthwise = _Convolution(inside, inside, kernel, stride, groups=inside)
        self.project = _Convolution(inside, after, 1, is_bounded=False)
        self.adds_input = stride == 1 and before == after

    def forward(self, inputs: Tensor) -> Tensor:
        states = inputs if self.expand is None else self.expand(inputs)
        states = self.project(self.depthwise(states))
        return states + inputs if self.adds_input else states
