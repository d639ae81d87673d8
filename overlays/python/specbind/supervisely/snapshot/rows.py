"""Rows of a snapshot from what the server tells, and the other way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from specbind.supervisely.exceptions import ApiAnswerError, SnapshotError
from specbind.supervisely.fields import as_list

from .schema import AlphaRow, DatasetRow, FigureRow, ImageRow, TagRow

if TYPE_CHECKING:
    from specbind.bindings.supervisely import models

__all__ = ["ALPHA", "alpha_row", "dataset_row", "figure_row", "image_row", "loaded", "tag_row"]

ALPHA = "alpha_mask"
"""Type of figures whose geometry is sent by itself."""
_MOST = 2**31 - 1


def _known(value: Any) -> Any:  # noqa: ANN401 - any member
    return None if value is UNSET else value


def _json(value: object) -> str | None:
    """JSON text of a value, None for what is absent or empty."""
    found = _known(value)
    if found is None or found in ({}, []):
        return None
    return msgspec.json.encode(found).decode()


def _whole(value: object, most: int = 2**63 - 1) -> int | None:
    """A number; some servers send it as text."""
    found = _known(value)
    if isinstance(found, str):
        found = int(found) if found.isascii() and found.isdigit() and len(found) < 20 else None
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if -most - 1 <= found <= most else None


def _text(value: object) -> str | None:
    found = _known(value)
    return found if isinstance(found, str) else None


def dataset_row(dataset: models.Dataset, full_path: str) -> DatasetRow:
    """A dataset; `full_path` has the names of its parents."""
    return DatasetRow(
        src_dataset_id=dataset.id,
        parent_src_dataset_id=_known(dataset.parent_id),
        name=dataset.name,
        full_path=full_path,
        description=_known(dataset.description),
        custom_data=_json(dataset.custom_data),
    )


def image_row(image: models.Image, dataset_id: int) -> ImageRow:
    """An image."""
    mime = _text(image.mime)
    return ImageRow(
        src_image_id=image.id,
        src_dataset_id=dataset_id,
        parent_src_image_id=_whole(image.parent_id),
        name=image.name,
        hash=_text(image.hash),
        link=_text(image.link),
        mime=mime,
        ext=_text(image.ext) or (mime.rpartition("/")[2] if mime else None),
        size=_whole(image.size),
        width=_whole(image.width, _MOST),
        height=_whole(image.height, _MOST),
        created_at=_text(image.created_at),
        updated_at=_text(image.updated_at),
        created_by_id=_whole(image.created_by),
        description=_text(image.description),
        meta=_json(image.meta),
        related_data_id=_whole(image.related_data_id),
        download_id=_text(image.download_id),
        offset_start=_whole(image.offset_start),
        offset_end=_whole(image.offset_end),
    )


def figure_row(figure: models.Figure, dataset_id: int, class_name: str | None) -> FigureRow:
    """A figure. Raises SnapshotError where the server does not say on which image it is."""
    image = _known(figure.entity_id)
    kind = _text(figure.geometry_type)
    if image is None or kind is None:
        raise SnapshotError(f"the server tells neither image nor type of figure {figure.id}, so it cannot be kept")
    return FigureRow(
        src_figure_id=figure.id,
        src_image_id=image,
        src_dataset_id=_whole(figure.dataset_id) or dataset_id,
        class_id=_whole(figure.class_id),
        class_name=class_name,
        geometry_type=kind,
        geometry_json=None if kind == ALPHA else _json(figure.geometry),
        geometry_meta_json=_json(figure.geometry_meta),
        meta=_json(figure.meta),
        priority=_whole(figure.priority, _MOST),
        custom_data=_json(figure.custom_data),
        created_at=_text(figure.created_at),
        updated_at=_text(figure.updated_at),
    )


def alpha_row(figure_id: int, geometry: bytes | bytearray) -> AlphaRow:
    """The geometry of an alpha mask, as JSON text. Raises ApiAnswerError for what is no text."""
    try:
        return AlphaRow(src_figure_id=figure_id, geometry_json=geometry.decode())
    except UnicodeDecodeError as error:
        raise ApiAnswerError(f"the server gave a mask of figure {figure_id} that is no text in UTF-8") from error


def tag_row(tag: models.Tag, kind: str, owner: int, image: int) -> TagRow:
    """A tag on an image or a figure."""
    frames = _known(tag.frame_range)
    bounds = [_whole(frame, _MOST) for frame in as_list(frames)[:2]]
    value = _known(tag.value)
    return TagRow(
        tag_assignment_id=_known(tag.id),
        owner_type=kind,
        owner_id=owner,
        src_item_id=image,
        tag_id=tag.tag_id,
        name=_known(tag.name),
        value_json=None if value is None else msgspec.json.encode(value).decode(),
        frame_from=bounds[0] if bounds else None,
        frame_to=bounds[1] if len(bounds) > 1 else None,
        is_finished=_known(tag.is_finished),
        non_final_value=_known(tag.non_final_value),
        labeler_login=_known(tag.labeler_login),
        custom_data=_json(tag.custom_data),
        created_at=_known(tag.created_at),
        updated_at=_known(tag.updated_at),
    )


def loaded(text: str | None, what: str) -> Any:  # noqa: ANN401 - any JSON
    """The value of a column that holds JSON, None where it holds nothing.

    Raises:
        SnapshotError: it is no JSON.
    """
    if text is None:
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SnapshotError(f"{what} in the snapshot is no JSON: {error}") from error
