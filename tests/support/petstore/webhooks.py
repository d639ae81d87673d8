"""Receivers of what Petstore sends: a server of one method per webhook, and what `parse_webhook` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._runtime.server import Endpoint
from ._runtime.webhook_server import BaseWebhooks
from .operations import webhooks as operations

if TYPE_CHECKING:
    from . import models

__all__ = ["Webhooks"]


class Webhooks(BaseWebhooks):
    """Webhooks of Petstore. Subclass it, write the methods and serve `application()`."""

    endpoints = (Endpoint("pet_sold", operations.PET_SOLD, ("x_delivery", "body")),)

    async def pet_sold(self, *, x_delivery: str, body: models.Labels) -> None:
        """A pet was sold.  `POST /petSold`"""
        raise self.not_implemented("petSold")
