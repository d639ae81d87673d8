"""Filters by name of each of their members, as the official client makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from specbind.bindings.viam.viam.app.data.v1 import CaptureInterval, Filter, TagsFilter
from specbind.core import arguments

from ._messages import instant, texts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = ["MakesFilters"]


class MakesFilters:
    """What `DataClient` and `specbind.viam.utils` share."""

    @staticmethod
    def create_filter(  # noqa: PLR0913, PLR0917 - prescribed by the official client
        component_name: str | None = None,
        component_type: str | None = None,
        method: str | None = None,
        robot_name: str | None = None,
        robot_id: str | None = None,
        part_name: str | None = None,
        part_id: str | None = None,
        location_ids: Iterable[str] | None = None,
        organization_ids: Iterable[str] | None = None,
        mime_type: Iterable[str] | None = None,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        tags: Iterable[str] | None = None,
        bbox_labels: Iterable[str] | None = None,
        dataset_id: str | None = None,
    ) -> Filter:
        """Make a filter; data passes if it passes every argument that is given, and a list if any of it does.

        Args:
            component_name: name of the component that captured.
            component_type: its type.
            method: method that captured.
            robot_name: name of the machine.
            robot_id: identifier of the machine.
            part_name: name of the machine part.
            part_id: identifier of the machine part.
            location_ids: identifiers of locations.
            organization_ids: identifiers of organizations.
            mime_type: media types.
            start_time: begin of the capture; without a zone it is UTC.
            end_time: its end, as above.
            tags: tags.
            bbox_labels: labels of bounding boxes.
            dataset_id: identifier of the dataset.

        Raises:
            TypeError: an argument is of another type.
        """
        interval: CaptureInterval | UnsetType = UNSET
        if start_time is not None or end_time is not None:
            interval = CaptureInterval(start=instant("start_time", start_time), end=instant("end_time", end_time))
        return Filter(
            component_name=arguments.optional_text("component_name", component_name) or "",
            component_type=arguments.optional_text("component_type", component_type) or "",
            method=arguments.optional_text("method", method) or "",
            robot_name=arguments.optional_text("robot_name", robot_name) or "",
            robot_id=arguments.optional_text("robot_id", robot_id) or "",
            part_name=arguments.optional_text("part_name", part_name) or "",
            part_id=arguments.optional_text("part_id", part_id) or "",
            location_ids=texts("location_ids", location_ids),
            organization_ids=texts("organization_ids", organization_ids),
            mime_type=texts("mime_type", mime_type),
            interval=interval,
            tags_filter=TagsFilter(tags=texts("tags", tags)),
            bbox_labels=texts("bbox_labels", bbox_labels),
            dataset_id=arguments.optional_text("dataset_id", dataset_id) or "",
        )
