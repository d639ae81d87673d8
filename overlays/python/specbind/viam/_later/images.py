"""Binary data: signed addresses, and changes of bounding boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from specbind.bindings.viam.viam.app.data.v1 import BinaryID, CreateBinaryDataSignedURLRequest, UpdateBoundingBoxRequest
from specbind.bindings.viam.viam.app.data.v1.services import DATA_SERVICE_CREATE_BINARY_DATA_SIGNED_URL
from specbind.core.arguments import whole
from specbind.viam._calls import Calls

from ._answers import moment, present
from ._arguments import message_of, optional

if TYPE_CHECKING:
    from datetime import datetime

    from ._arguments import BinaryIDLike

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
            RpcError: the platform refused; RpcBadRequestError: an edge is out of range.
        """
        request = UpdateBoundingBoxRequest(
            bbox_id=bbox_id,
            label=optional(label),
            x_min_normalized=optional(x_min_normalized),
            y_min_normalized=optional(y_min_normalized),
            x_max_normalized=optional(x_max_normalized),
            y_max_normalized=optional(y_max_normalized),
            confidence=optional(confidence_score),
        )
        if isinstance(binary_id, str):
            request.binary_data_id = binary_id
        else:
            request.binary_id = message_of(BinaryID, "binary_id", binary_id)
        await self._data.update_bounding_box(request, metadata=self._metadata)

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
        answer = await self._data.create_binary_data_signed_url(request, metadata=self._metadata)
        ends = moment(answer.expires_at)
        return answer.signed_url, present(
            DATA_SERVICE_CREATE_BINARY_DATA_SIGNED_URL, "expires_at", UNSET if ends is None else ends
        )
