"""What a row of a snapshot must have so that it can be restored; asked before anything is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from specbind.supervisely.exceptions import SnapshotError
from specbind.supervisely.fields import as_list, as_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .schema import DatasetRow, FigureRow, ImageRow, TagRow

__all__ = ["Checks"]


class Checks:
    """Looks at rows beside the classes and tags of a snapshot. Each method raises SnapshotError.

    Args:
        meta: the classes and tags.
    """

    def __init__(self, meta: Mapping[str, Any]) -> None:
        classes = [as_object(entry) for entry in as_list(meta.get("classes"))]
        self._classes = {found for entry in classes if isinstance(found := entry.get("id"), int)}
        self._titles = {found for entry in classes if isinstance(found := entry.get("title"), str)}
        tags = [as_object(entry) for entry in as_list(meta.get("tags"))]
        self._tags = {found for entry in tags if isinstance(found := entry.get("id"), int)}

    def dataset(self, row: DatasetRow) -> None:
        """A dataset: its custom data."""
        _json(row.custom_data, "the custom data of a dataset")

    def image(self, row: ImageRow) -> None:
        """An image: where its bytes are, and its meta."""
        if not row.link and not row.hash:
            raise SnapshotError(f"image {row.src_image_id} of the snapshot has neither hash nor address")
        _json(row.meta, f"the meta of image {row.src_image_id}")

    def figure(self, row: FigureRow) -> None:
        """A figure: its class, and what is JSON in it."""
        name = f"figure {row.src_figure_id}"
        if row.class_id not in self._classes and row.class_name not in self._titles:
            raise SnapshotError(f"{name} of the snapshot has a class that its meta lacks: {row.class_id}")
        _json(row.geometry_json, f"the geometry of {name}")
        _json(row.meta, f"the meta of {name}")
        _json(row.custom_data, f"the custom data of {name}")

    def tag(self, row: TagRow) -> None:
        """A tag: the one that it is in the meta, and its value."""
        owner = f"{row.owner_type} {row.owner_id}"
        if row.tag_id not in self._tags:
            raise SnapshotError(f"the snapshot has a tag on {owner} that its meta lacks: {row.tag_id}")
        _json(row.value_json, f"the value of a tag on {owner}")


def _json(text: str | None, what: str) -> None:
    if text is None:
        return
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SnapshotError(f"{what} in the snapshot is no JSON: {error}") from error
