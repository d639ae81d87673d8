"""What a node says when it says no, and what it makes of the settings of a task."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from specbind.bindings._runtime.server import Rejection
from specbind.bindings.nodeodx import models

from .engine import Settings, now
from .options import BadOptionsError, parse_options

if TYPE_CHECKING:
    from msgspec import UnsetType

__all__ = ["JSON", "failure", "read_options", "read_settings"]

JSON = {"Content-Type": "application/json; charset=utf-8"}
"""The headers of a node's JSON."""


def failure(error: str, *, success: bool | UnsetType = UNSET, no_retry: bool | UnsetType = UNSET) -> Rejection:
    """An error as a node answers it: HTTP status 200, and a JSON object that says what is wrong."""
    body = models.Failure(error=error, success=success, no_retry=no_retry)
    return Rejection(200, body, JSON)


def read_settings(body: models.TaskSettings | models.NewTask) -> Settings:
    """The settings of a new task. Raises what `failure` gives for texts that a node cannot read."""
    created = now() if body.date_created is UNSET else body.date_created
    name = None if body.name is UNSET else body.name
    outputs: list[str] = []
    if body.outputs is not UNSET and body.outputs:
        try:
            outputs = msgspec.json.decode(body.outputs, type=list[str])
        except msgspec.DecodeError as error:
            raise failure(f"Unexpected token in JSON: {error}") from error
    skip = body.skip_post_processing is True
    return Settings(
        name=f"Task of {_iso(created)}" if name == "" else name,
        options=read_options("" if body.options is UNSET else body.options, post_processing=not skip),
        outputs=outputs,
        webhook="" if body.webhook is UNSET else body.webhook,
        created=created,
    )


def read_options(text: str, *, post_processing: bool = False) -> list[models.TaskOption]:
    """Options from their JSON text. Raises what `failure` gives for those that do not fit."""
    try:
        return parse_options(text, post_processing=post_processing)
    except BadOptionsError as error:
        raise failure(str(error)) from error


def _iso(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:03d}Z"
