"""The recipe's `training` section."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class EarlyStopping(BaseModel):
    """When to stop before `epochs` are over."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: str | None = Field(
        None,
        pattern=r"^[a-z_]+(@\d+)?$",
        description="Validation metric to watch, such as ndcg@10; None: rmse for losses of ratings, else ndcg@10.",
    )
    patience: int = Field(5, ge=1, description="Judgings without a better value before training stops.")
    every: int = Field(1, ge=1, description="Epochs between judgings.")
    n_users: int | None = Field(10_000, ge=1, description="Validation users judged (a fixed sample); None: all.")


class TrainingConfig(BaseModel):
    """How trained recommenders learn; recommenders in closed form ignore it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(15, ge=1, description="Passes over the training histories at most.")
    frozen_epochs: int = Field(
        0,
        ge=0,
        description="Of these, the first ones, in which pretrained weights rest; then the learning rate rises anew.",
    )
    batch_size: int | None = Field(
        None,
        ge=1,
        description="Histories in a batch; None: so that an epoch has about 50 batches, between 32 and 256 each.",
    )
    learning_rate: float = Field(3e-3, gt=0, description="Peak learning rate of AdamW.")
    accumulate: int = Field(1, ge=1, description="Batches whose gradients are added up before a step.")
    weight_decay: float = Field(1e-2, ge=0, description="Decoupled weight decay.")
    warmup_steps: int = Field(50, ge=0, description="Steps over which the learning rate rises from zero.")
    clip_norm: float | None = Field(5.0, gt=0, description="Longest gradient; None: no clipping.")
    precision: Literal["auto", "32-true", "bf16-mixed"] = Field(
        "auto",
        description="Number format; auto takes bf16 where the hardware multiplies it natively.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where to train; auto takes a GPU if any.")
    n_threads: int | None = Field(None, ge=1, description="Processor threads; None leaves the choice to torch.")
    early_stopping: EarlyStopping | None = Field(EarlyStopping(), description="None: train all epochs.")
    trackers: tuple[Literal["tensorboard", "mlflow", "wandb"], ...] = Field(
        (), description="Where each epoch is logged beside the report; they come with the extra `track`."
    )
    log_folder: Path = Field(Path("runs"), description="Folder for what trackers write, with a folder for each run.")

    @model_validator(mode="after")
    def _leaves_epochs(self) -> Self:
        if self.frozen_epochs >= self.epochs:
            raise ValueError(f"frozen_epochs {self.frozen_epochs} leaves none of {self.epochs} epochs. Raise epochs.")
        return self
