"""What `parse_webhook` takes: `parse_webhook(webhook_bodies.PET_SOLD, headers, body)`. No server is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._runtime.webhooks import Webhook
from .operations import webhooks as operations

if TYPE_CHECKING:
    from . import models

__all__ = ["PET_SOLD"]

PET_SOLD: Webhook[models.Labels] = Webhook(operations.PET_SOLD)
