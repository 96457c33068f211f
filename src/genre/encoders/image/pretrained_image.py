"""Pictures through a pretrained vision model, frozen: EfficientNet-lite0, or any hub name or local folder."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from genre.core.errors import Fault
from genre.encoders._pooled import Pooling
from genre.encoders._pretrained_media import MediaEngine, PretrainedMediaConfig, PretrainedMediaEncoder
from genre.encoders.image._lite_engine import NAME, PUBLISHED, WIDTH, LiteEngine, lite_weights
from genre.encoders.image._pictures import MAX_BYTES, N_READ, examine_picture, read_picture, require_pillow
from genre.encoders.image._shapes import Fit


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
    """One vector per picture from a frozen model; equal pictures are looked at once and kept on disk.

    Reference: EfficientNet, arXiv 1905.11946.
    """

    config: PretrainedImageConfig
    medium = "picture"
    max_bytes, n_read = MAX_BYTES, N_READ
    EXAMPLES: ClassVar = ({}, {"fit": "whole", "batch_size": 5})

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

    def _settings(self) -> dict[str, Any]:
        return {"fit": self.config.fit, "pooling": None if self._is_lite else self.config.pooling}

    def _model_obstacles(self) -> tuple[Fault, ...]:
        return () if self._is_lite else super()._model_obstacles()

    @property
    def _origin(self) -> dict[str, str | None]:
        return {"digest": PUBLISHED, "revision": None} if self._is_lite else super()._origin

    @cached_property
    def width(self) -> int:  # type: ignore[override]
        return WIDTH if self._is_lite else super().width

    @cached_property
    def _engine(self) -> MediaEngine:
        if self._is_lite:
            return LiteEngine(self.config.fit)
        from genre.encoders.image._vision_engine import VisionEngine

        return VisionEngine(self._checkpoint, self.config.pooling, self.config.fit)
