"""What the language parts answer with: strict, frozen and JSON both ways, so that a turn can record and replay it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Result(BaseModel):
    """Base of recorded answers. Scores are thousandths (integers): a float is never stored, compared or hashed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
