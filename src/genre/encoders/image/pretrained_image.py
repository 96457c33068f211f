"""Pictures through a pretrained vision model, frozen or tuned: EfficientNet-lite0, any hub name or local folder."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from genre.core.errors import Fault
from genre.encoders._media_engine import MediaEngine
from genre.encoders._pooled import Pooling
from genre.encoders._pretrained_media import PretrainedMediaConfig, PretrainedMediaEncoder
from genre.encoders.image._lite_engine import NAME, PUBLISHED, WIDTH, LiteEngine, lite_weights
from genre.encoders.image._pictures import MAX_BYTES, N_READ, examine_picture, read_picture, require_pillow
from genre.encoders.image._shapes import Fit

if TYPE_CHECKING:
    from torch import nn


class PretrainedImageConfig(PretrainedMediaConfig):
    """Which model looks at the pictures, and at what of them."""

    model: str = Field(
        NAME, min_length=1, description=f"'{NAME}' (a package), or hub name or local folder with safetensors."
    )
    fit: Fit = Field("crop", description="crop: the middle, as models were trained; whole: squeezed into a square.")
    pooling: Pooling = Field(
        "auto", description="How states become one vector; auto: as the model was trained, else mean."
    )


class PretrainedImageEncoder(PretrainedMediaEncoder):
    """One vector per picture; equal pictures are looked at once, and what was seen is kept on disk.

    Tuned models read pixels (8-bit, memory-mapped).

    Reference: EfficientNet, arXiv 1905.11946.
    """

    config: PretrainedImageConfig
    medium = "picture"
    max_bytes, n_read = MAX_BYTES, N_READ
    EXAMPLES: ClassVar = (
        {},
        {"fit": "whole", "batch_size": 5},
        {"tune": "head", "whiten_dim": 4},
        {"tune": {"top_layers": 1}},
    )

    def _require(self) -> None:
        require_pillow("pretrained_image")
        if self._is_lite:
            lite_weights()

    def _examine(self, path: Path) -> None:
        examine_picture(path)

    def _read(self, path: Path) -> Any:
        return read_picture(path)

    def _blank(self) -> Any:
        from PIL import Image

        return Image.new("RGB", (256, 256))

    @property
    def _is_lite(self) -> bool:
        return self.config.model == NAME

    def _input_settings(self) -> dict[str, Any]:
        return {"fit": self.config.fit}

    def _settings(self) -> dict[str, Any]:
        return {**self._input_settings(), "pooling": None if self._is_lite else self.config.pooling}

    def _model_obstacles(self) -> tuple[Fault, ...]:
        return () if self._is_lite else super()._model_obstacles()

    @property
    def _origin(self) -> dict[str, str | None]:
        return {"digest": PUBLISHED, "revision": None} if self._is_lite else super()._origin

    @property
    def _is_here(self) -> bool:
        return self._is_lite or super()._is_here

    def _outline(self) -> nn.Module:
        if not self._is_lite:
            return super()._outline()
        import torch

        from genre.encoders.image._efficientnet_lite import EfficientNetLite0

        with torch.device("meta"):
            return EfficientNetLite0()

    @cached_property
    def width(self) -> int:  # type: ignore[override]
        return WIDTH if self._is_lite else super().width

    @cached_property
    def _engine(self) -> MediaEngine:
        if self._is_lite:
            return LiteEngine(self.config.fit)
        from genre.encoders.image._vision_engine import VisionEngine

        return VisionEngine(self._checkpoint, self.config.pooling, self.config.fit)
