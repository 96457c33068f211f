"""Secrets come from the environment and are never written down."""

from __future__ import annotations

import os
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from genre.core.errors import Fault, RecipeError


class Secret(BaseModel):
    """A field that names the environment variable which holds the secret: `token: {env: HF_TOKEN}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    env: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="Environment variable that holds the secret.")

    @model_validator(mode="before")
    @classmethod
    def _refuse_literal(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise ValueError("a secret never stands in a file. Put it in the environment and write {env: ITS_NAME}.")
        return value

    def reveal(self) -> str:
        """The secret itself.

        Raises:
            RecipeError: the variable is not set.
        """
        value = os.environ.get(self.env)
        if not value:
            raise RecipeError(
                Fault(f"environment variable {self.env}", "is named and not set.", f"export {self.env}=...")
            )
        return value
