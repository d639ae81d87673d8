"""Tags and bounding boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET
from msgspec.structs import replace

from specbind.bindings.viam.viam.app.data.v1 import (
    AddBoundingBoxToImageByIDRequest,
    AddBoundingBoxToImageByIDResponse,
    AddTagsToBinaryDataByFilterRequest,
    AddTagsToBinaryDataByFilterResponse,
    AddTagsToBinaryDataByIDsRequest,
    AddTagsToBinaryDataByIDsResponse,
    BoundingBox,
    BoundingBoxLabelsByFilterRequest,
    BoundingBoxLabelsByFilterResponse,
    DataServiceServer,
    RemoveBoundingBoxFromImageByIDRequest,
    RemoveBoundingBoxFromImageByIDResponse,
    RemoveTagsFromBinaryDataByFilterRequest,
    RemoveTagsFromBinaryDataByFilterResponse,
    RemoveTagsFromBinaryDataByIDsRequest,
    RemoveTagsFromBinaryDataByIDsResponse,
    TagsByFilterRequest,
    TagsByFilterResponse,
    UpdateBoundingBoxRequest,
    UpdateBoundingBoxResponse,
)

from .filters import by_filter
from .refusals import invalid, texts, unknown, wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from msgspec import UnsetType

    from specbind.bindings._runtime.grpc.rpc import ServerCall
    from specbind.bindings.viam.viam.app.data.v1 import Filter

    from .records import Binary
    from .state import State

__all__ = ["LabelCalls", "checked_box"]


class LabelCalls(DataServiceServer):
    """What the data service does with tags and bounding boxes."""

    _state: State

    def _passing(self, request: Filter | UnsetType) -> list[Binary]:
        passes = by_filter(request)
        return [binary for binary in self._state.binaries.values() if passes(binary)]

    # --- tags

    async def add_tags_to_binary_data_by_ids(
        self, request: AddTagsToBinaryDataByIDsRequest, call: ServerCall
    ) -> AddTagsToBinaryDataByIDsResponse:
        """Add tags; one that is there already stays as it is."""
        _add(self._state.named_binaries(request.binary_data_ids, request.binary_ids), request.tags)
        return AddTagsToBinaryDataByIDsResponse()

    async def add_tags_to_binary_data_by_filter(
        self, request: AddTagsToBinaryDataByFilterRequest, call: ServerCall
    ) -> AddTagsToBinaryDataByFilterResponse:
        """Add tags to all that passes."""
        _add(self._passing(request.filter), request.tags)
        return AddTagsToBinaryDataByFilterResponse()

    async def remove_tags_from_binary_data_by_ids(
        self, request: RemoveTagsFromBinaryDataByIDsRequest, call: ServerCall
    ) -> RemoveTagsFromBinaryDataByIDsResponse:
        """Remove tags; counts the data that had any of them."""
        found = self._state.named_binaries(request.binary_data_ids, request.binary_ids)
        return RemoveTagsFromBinaryDataByIDsResponse(deleted_count=_remove(found, request.tags))

    async def remove_tags_from_binary_data_by_filter(
        self, request: RemoveTagsFromBinaryDataByFilterRequest, call: ServerCall
    ) -> RemoveTagsFromBinaryDataByFilterResponse:
        """Remove tags from all that passes; counts the data that had any of them."""
        count = _remove(self._passing(request.filter), request.tags)
        return RemoveTagsFromBinaryDataByFilterResponse(deleted_count=count)

    async def tags_by_filter(self, request: TagsByFilterRequest, call: ServerCall) -> TagsByFilterResponse:
        """All tags of rows and binary data, in the order of the alphabet."""
        passes = by_filter(request.filter)
        records = [*self._state.rows, *self._state.binaries.values()]
        return TagsByFilterResponse(
            tags=sorted({tag for record in records if passes(record) for tag in record.capture.tags})
        )

    # --- bounding boxes

    async def add_bounding_box_to_image_by_id(
        self, request: AddBoundingBoxToImageByIDRequest, call: ServerCall
    ) -> AddBoundingBoxToImageByIDResponse:
        """Add a box to an image."""
        binary = self._state.named_binary(request.binary_data_id, request.binary_id)
        box = BoundingBox(
            id=self._state.new_id(),
            label=request.label,
            x_min_normalized=request.x_min_normalized,
            y_min_normalized=request.y_min_normalized,
            x_max_normalized=request.x_max_normalized,
            y_max_normalized=request.y_max_normalized,
            confidence=request.confidence,
        )
        binary.boxes.append(checked_box(box))
        return AddBoundingBoxToImageByIDResponse(bbox_id=box.id)

    async def update_bounding_box(
        self, request: UpdateBoundingBoxRequest, call: ServerCall
    ) -> UpdateBoundingBoxResponse:
        """Change the members of a box that are stated."""
        binary = self._state.named_binary(request.binary_data_id, request.binary_id)
        place = _place(binary, request.bbox_id)
        names = ("label", "x_min_normalized", "y_min_normalized", "x_max_normalized", "y_max_normalized", "confidence")
        changes = {name: value for name in names if (value := getattr(request, name)) is not UNSET}
        binary.boxes[place] = checked_box(replace(binary.boxes[place], **changes))
        return UpdateBoundingBoxResponse()

    async def remove_bounding_box_from_image_by_id(
        self, request: RemoveBoundingBoxFromImageByIDRequest, call: ServerCall
    ) -> RemoveBoundingBoxFromImageByIDResponse:
        """Remove a box."""
        binary = self._state.named_binary(request.binary_data_id, request.binary_id)
        del binary.boxes[_place(binary, request.bbox_id)]
        return RemoveBoundingBoxFromImageByIDResponse()

    async def bounding_box_labels_by_filter(
        self, request: BoundingBoxLabelsByFilterRequest, call: ServerCall
    ) -> BoundingBoxLabelsByFilterResponse:
        """All labels of boxes, in the order of the alphabet."""
        labels = {box.label for binary in self._passing(request.filter) for box in binary.boxes}
        return BoundingBoxLabelsByFilterResponse(labels=sorted(labels))


def checked_box(box: BoundingBox) -> BoundingBox:
    """A box that lies in its image. Raises INVALID_ARGUMENT for another."""
    wanted("label", box.label)
    edges = (box.x_min_normalized, box.y_min_normalized, box.x_max_normalized, box.y_max_normalized)
    if not all(0 <= edge <= 1 for edge in edges):
        raise invalid("coordinates of a bounding box are from 0 to 1")
    if box.x_min_normalized >= box.x_max_normalized or box.y_min_normalized >= box.y_max_normalized:
        raise invalid("min has to be less than max in both directions")
    if box.confidence is not UNSET and not 0 <= box.confidence <= 1:
        raise invalid("confidence is from 0 to 1")
    return box


def _place(binary: Binary, identifier: str) -> int:
    wanted("bbox_id", identifier)
    for place, box in enumerate(binary.boxes):
        if box.id == identifier:
            return place
    raise unknown("bounding box", identifier)


def _add(binaries: Iterable[Binary], tags: Sequence[str]) -> None:
    added = texts("tags", tags)
    for binary in binaries:
        binary.capture.tags = list(dict.fromkeys([*binary.capture.tags, *added]))


def _remove(binaries: Iterable[Binary], tags: Sequence[str]) -> int:
    doomed = frozenset(texts("tags", tags))
    count = 0
    for binary in binaries:
        kept = [tag for tag in binary.capture.tags if tag not in doomed]
        count += len(kept) < len(binary.capture.tags)
        binary.capture.tags = kept
    return count
