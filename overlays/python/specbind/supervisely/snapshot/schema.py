"""Tables of a snapshot of images. A field is a column; the order is that of the official writer."""

from __future__ import annotations

from typing import Any, Final

import msgspec

__all__ = [
    "FIGURE",
    "FORMAT",
    "FORMATS",
    "IMAGE",
    "MANIFEST",
    "META",
    "PROJECT",
    "TABLES",
    "AlphaRow",
    "DatasetRow",
    "FigureRow",
    "ImageRow",
    "TagRow",
    "columns",
]

FORMAT: Final = "v2.1.0"
"""The format that is written."""
FORMATS: Final = frozenset({"v2.0.0", "v2.1.0"})
"""Formats that are read; they have the same tables."""
MANIFEST: Final = "manifest.json"
PROJECT: Final = "project_info.json"
META: Final = "project_meta.json"
IMAGE: Final = "item"
"""Owner of the tags of an image."""
FIGURE: Final = "figure"
"""Owner of the tags of a figure."""

_INT32 = frozenset({"width", "height", "priority", "frame_from", "frame_to"})


class _Row(msgspec.Struct):
    """One row."""


class DatasetRow(_Row, kw_only=True):
    """A dataset."""

    src_dataset_id: int
    parent_src_dataset_id: int | None = None
    name: str
    full_path: str | None = None
    description: str | None = None
    custom_data: str | None = None


class ImageRow(_Row, kw_only=True):
    """An image. `meta` is JSON."""

    src_image_id: int
    src_dataset_id: int
    parent_src_image_id: int | None = None
    name: str
    hash: str | None = None
    link: str | None = None
    mime: str | None = None
    ext: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    created_at: str | None = None
    updated_at: str | None = None
    created_by_id: int | None = None
    description: str | None = None
    meta: str | None = None
    related_data_id: int | None = None
    download_id: str | None = None
    offset_start: int | None = None
    offset_end: int | None = None


class FigureRow(_Row, kw_only=True):
    """A figure. `geometry_json` is null for an alpha mask, whose geometry stands in a table of its own."""

    src_figure_id: int
    src_image_id: int
    src_dataset_id: int | None = None
    class_id: int | None = None
    class_name: str | None = None
    geometry_type: str
    geometry_json: str | None = None
    geometry_meta_json: str | None = None
    meta: str | None = None
    priority: int | None = None
    custom_data: str | None = None
    created_at: str | None = None
    updated_at: str | None = None


class AlphaRow(_Row, kw_only=True):
    """The geometry of an alpha mask."""

    src_figure_id: int
    geometry_json: str | None = None


class TagRow(_Row, kw_only=True):
    """A tag on an image or a figure. `value_json` is JSON."""

    tag_assignment_id: int | None = None
    owner_type: str
    owner_id: int
    src_item_id: int | None = None
    tag_id: int | None = None
    name: str | None = None
    value_json: str | None = None
    frame_from: int | None = None
    frame_to: int | None = None
    is_finished: bool | None = None
    non_final_value: bool | None = None
    labeler_login: str | None = None
    custom_data: str | None = None
    created_at: str | None = None
    updated_at: str | None = None


TABLES: Final[dict[str, type[_Row]]] = {
    "datasets": DatasetRow,
    "images": ImageRow,
    "figures": FigureRow,
    "alpha_geometries": AlphaRow,
    "tags": TagRow,
}
"""Tables by name; the file of one is `<name>.parquet`, and an empty table has none."""


def columns(row: type[_Row], arrow: Any) -> Any:  # noqa: ANN401 - pyarrow is optional, so checkers do not know it
    """The schema of a table, in pyarrow's terms."""
    fields: list[tuple[str, object]] = []
    for field in msgspec.structs.fields(row):
        kind = str(field.type)
        if "bool" in kind:
            found = arrow.bool_()
        elif "int" in kind:
            found = arrow.int32() if field.name in _INT32 else arrow.int64()
        else:
            found = arrow.utf8()
        fields.append((field.name, found))
    return arrow.schema(fields)
