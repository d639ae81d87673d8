"""Webhooks and callbacks as data: what the API sends."""

from __future__ import annotations

from .. import models
from .._runtime.operation import Body, Header, Json, Operation, Reply

__all__ = ["PET_SOLD"]

PET_SOLD: Operation[None] = Operation(
    "petSold",  # the webhook's name; for a callback its name, behind its operation's id where two are alike
    "POST",
    ("/petSold",),  # its name; receivers move it
    headers=(Header("X-Delivery", lambda: str, required=True),),
    body=Body(Json("application/json", lambda: models.Labels), required=True),
    replies=(Reply("204"),),
)
