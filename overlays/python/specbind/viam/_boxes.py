"""Calls on bounding boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from specbind.bindings.viam.viam.app.data.v1 import (
    AddBoundingBoxToImageByIDRequest,
    BinaryID,
    BoundingBoxLabelsByFilterRequest,
    RemoveBoundingBoxFromImageByIDRequest,
    UpdateBoundingBoxRequest,
)
from specbind.bindings.viam.viam.app.data.v1.services import (
    DATA_SERVICE_ADD_BOUNDING_BOX_TO_IMAGE_BY_ID,
    DATA_SERVICE_BOUNDING_BOX_LABELS_BY_FILTER,
    DATA_SERVICE_REMOVE_BOUNDING_BOX_FROM_IMAGE_BY_ID,
)
from specbind.core import arguments

from ._calls import Calls
from ._foreign import message_of
from ._messages import refusal, share
from .filters import as_filter

if TYPE_CHECKING:
    from specbind.bindings._runtime.grpc.rpc import Rpc

    from ._messages import BinaryIDLike
    from .filters import FilterLike

__all__ = ["BoundingBoxes", "in_order", "name_image"]


class BoundingBoxes(Calls):
    """Rectangles in images."""

    async def add_bounding_box_to_image_by_id(
        self,
        binary_id: BinaryIDLike,
        label: str,
        x_min_normalized: float,
        y_min_normalized: float,
        x_max_normalized: float,
        y_max_normalized: float,
        *,
        confidence_score: float | None = None,
    ) -> str:
        """Add a bounding box to an image; gives its identifier.

        Args:
            binary_id: the image.
            label: its label.
            x_min_normalized: left edge, as a part of the width from 0 to 1.
            y_min_normalized: upper edge, as a part of the height from 0 to 1.
            x_max_normalized: right edge.
            y_max_normalized: lower edge.
            confidence_score: how sure a model is, from 0 to 1.

        Raises:
            RpcBadRequestError: a number lies outside of 0 to 1, or an edge before its opposite; nothing was sent.
            RpcError: the platform refuses.
        """
        rpc = DATA_SERVICE_ADD_BOUNDING_BOX_TO_IMAGE_BY_ID
        left, upper, right, lower = (
            share(rpc, "x_min_normalized", x_min_normalized),
            share(rpc, "y_min_normalized", y_min_normalized),
            share(rpc, "x_max_normalized", x_max_normalized),
            share(rpc, "y_max_normalized", y_max_normalized),
        )
        in_order(rpc, left, upper, right, lower)
        request = AddBoundingBoxToImageByIDRequest(
            label=arguments.text("label", label),
            x_min_normalized=left,
            y_min_normalized=upper,
            x_max_normalized=right,
            y_max_normalized=lower,
            confidence=UNSET if confidence_score is None else share(rpc, "confidence_score", confidence_score),
        )
        name_image(rpc, request, binary_id)
        return (await self._ask(rpc, request)).bbox_id

    async def remove_bounding_box_from_image_by_id(self, bbox_id: str, binary_id: BinaryIDLike) -> None:
        """Remove a bounding box from an image.

        Args:
            bbox_id: identifier of the box.
            binary_id: the image.

        Raises:
            RpcError: the platform refuses.
        """
        rpc = DATA_SERVICE_REMOVE_BOUNDING_BOX_FROM_IMAGE_BY_ID
        request = RemoveBoundingBoxFromImageByIDRequest(bbox_id=arguments.text("bbox_id", bbox_id))
        name_image(rpc, request, binary_id)
        await self._ask(rpc, request)

    async def bounding_box_labels_by_filter(self, filter: FilterLike = None) -> list[str]:
        """All labels of bounding boxes in the data that passes a filter, None for all of it.

        Raises:
            RpcError: the platform refuses.
        """
        request = BoundingBoxLabelsByFilterRequest(filter=as_filter(filter))
        return (await self._ask(DATA_SERVICE_BOUNDING_BOX_LABELS_BY_FILTER, request)).labels


def in_order(
    rpc: Rpc[Any, Any], left: float | None, upper: float | None, right: float | None, lower: float | None
) -> None:
    """Make sure that no edge lies beyond its opposite, as far as both are stated. Raises RpcBadRequestError."""
    for axis, first, second in (("x", left, right), ("y", upper, lower)):
        if first is not None and second is not None and first > second:
            raise refusal(rpc, f"{axis}_min_normalized is {first}, beyond {axis}_max_normalized {second}")


def name_image(
    rpc: Rpc[Any, Any],
    request: AddBoundingBoxToImageByIDRequest | RemoveBoundingBoxFromImageByIDRequest | UpdateBoundingBoxRequest,
    binary_id: BinaryIDLike,
) -> None:
    """Say in a request which image is meant. Raises TypeError for what is no identifier, RpcBadRequestError for ""."""
    if not isinstance(binary_id, str):
        request.binary_id = message_of(BinaryID, "binary_id", binary_id)
    elif not binary_id:
        raise refusal(rpc, "binary_id is an empty text")
    else:
        request.binary_data_id = binary_id
