"""Binary data: signed addresses, and changes of bounding boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from specbind.bindings.viam.viam.app.data.v1 import CreateBinaryDataSignedURLRequest, UpdateBoundingBoxRequest
from specbind.bindings.viam.viam.app.data.v1.services import (
    DATA_SERVICE_CREATE_BINARY_DATA_SIGNED_URL,
    DATA_SERVICE_UPDATE_BOUNDING_BOX,
)
from specbind.core.arguments import optional_text, text, whole
from specbind.viam._boxes import in_order, name_image
from specbind.viam._calls import Calls
from specbind.viam._messages import moment, share

from ._answers import present
from ._arguments import optional

if TYPE_CHECKING:
    from datetime import datetime

    from specbind.viam._messages import BinaryIDLike

__all__ = ["ImageCalls"]


class ImageCalls(Calls):
    """What later versions can do with one file."""

    async def update_bounding_box(
        self,
        binary_id: BinaryIDLike,
        bbox_id: str,
        label: str | None,
        x_min_normalized: float | None,
        y_min_normalized: float | None,
        x_max_normalized: float | None,
        y_max_normalized: float | None,
        confidence_score: float | None = None,
    ) -> None:
        """Change a bounding box of an image. Rpc DataService/UpdateBoundingBox.

        Args:
            binary_id: identifier of the image.
            bbox_id: identifier of the bounding box.
            label: the new label. This and the following stay as they are where they are None.
            x_min_normalized: left edge, from 0 to 1 of the width.
            y_min_normalized: upper edge, from 0 to 1 of the height.
            x_max_normalized: right edge, from 0 to 1 of the width.
            y_max_normalized: lower edge, from 0 to 1 of the height.
            confidence_score: how sure a model is, from 0 to 1.

        Raises:
            TypeError: `binary_id` is no identifier.
            RpcBadRequestError: a number lies outside of 0 to 1, or an edge beyond its opposite; nothing was sent.
            RpcError: the platform refused.
        """
        rpc = DATA_SERVICE_UPDATE_BOUNDING_BOX
        stated = {
            "x_min_normalized": x_min_normalized,
            "y_min_normalized": y_min_normalized,
            "x_max_normalized": x_max_normalized,
            "y_max_normalized": y_max_normalized,
            "confidence_score": confidence_score,
        }
        shares = {name: None if value is None else share(rpc, name, value) for name, value in stated.items()}
        left, upper, right, lower, confidence = shares.values()
        in_order(rpc, left, upper, right, lower)
        request = UpdateBoundingBoxRequest(
            bbox_id=text("bbox_id", bbox_id),
            label=optional(optional_text("label", label)),
            x_min_normalized=optional(left),
            y_min_normalized=optional(upper),
            x_max_normalized=optional(right),
            y_max_normalized=optional(lower),
            confidence=optional(confidence),
        )
        name_image(rpc, request, binary_id)
        await self._ask(rpc, request)

    async def create_binary_data_signed_url(
        self, binary_data_id: str, expiration_minutes: int | None = None
    ) -> tuple[str, datetime]:
        """Make an address from which anybody can download a file. Rpc DataService/CreateBinaryDataSignedURL.

        Args:
            binary_data_id: identifier of the file.
            expiration_minutes: how long the address is good, 1 to 10080 (seven days); None for 15.

        Returns:
            The address, and when it ends, in UTC.

        Raises:
            TypeError: `expiration_minutes` is no whole number.
            RpcError: the platform refused.
            DecodeError: the answer does not say when it ends.
        """
        minutes: int | UnsetType = UNSET
        if expiration_minutes is not None:
            minutes = whole("expiration_minutes", expiration_minutes, least=0, most=2**32 - 1)
        request = CreateBinaryDataSignedURLRequest(binary_data_id=binary_data_id, expiration_minutes=minutes)
        answer = await self._ask(DATA_SERVICE_CREATE_BINARY_DATA_SIGNED_URL, request)
        ends = moment(answer.expires_at, DATA_SERVICE_CREATE_BINARY_DATA_SIGNED_URL)
        return answer.signed_url, present(
            DATA_SERVICE_CREATE_BINARY_DATA_SIGNED_URL, "expires_at", UNSET if ends is None else ends
        )
