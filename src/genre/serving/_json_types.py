"""Types of fields that come as JSON: they take what their schema says, and no text or truth value for a number."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field, WithJsonSchema

MAX_K, MOST_LETTERS = 1_000, 512
WORDS = r"^[^\x00]*$"
"""No NUL: databases keep none."""
FIRST_MS, LAST_MS = -62_135_596_800_000, 253_402_300_799_999
"""Of the years 1 to 9999."""


def _number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise ValueError("should be a number")
    return value


def _moment(value: Any) -> Any:
    is_text = isinstance(value, str)
    if isinstance(value, bool) or (is_text and value[4:5] != "-"):
        raise ValueError("should be ISO 8601 with a time zone, or seconds since 1970")
    return value


Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_number)]
Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(_number)]
Spread = Annotated[float, Field(ge=-10, le=10), BeforeValidator(_number)]
Length = Annotated[int, Field(ge=1, le=MAX_K), BeforeValidator(_number)]
Rate = Annotated[int, Field(ge=1, le=10**9), BeforeValidator(_number)]
Flag = Annotated[bool, Field(strict=True)]
Id = Annotated[
    str,
    Field(min_length=1, max_length=MOST_LETTERS, pattern=WORDS, coerce_numbers_to_str=True),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": MOST_LETTERS, "pattern": WORDS},
                {"type": "number"},
            ]
        }
    ),
]
"""Of a user, item, event or answer; many shops number theirs, so a number is taken as its digits."""
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "number", "minimum": FIRST_MS, "maximum": LAST_MS},
            ]
        }
    ),
]
"""ISO 8601 with a time zone, or seconds since 1970; beyond 2e10 (the year 2603) milliseconds."""
Page = Annotated[str, Field(max_length=20_000, pattern=r"^[A-Za-z0-9_-]*$")]
