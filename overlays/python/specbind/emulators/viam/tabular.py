"""Rows: pages, the newest one, all of a resource, and their end."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.bindings._runtime.proto.errors import DecodeError, EncodeError
from specbind.bindings._runtime.proto.json_write import to_dict
from specbind.bindings.viam.viam.app.data.v1 import (
    CaptureInterval,
    DataServiceServer,
    DeleteTabularDataRequest,
    DeleteTabularDataResponse,
    ExportTabularDataRequest,
    ExportTabularDataResponse,
    GetLatestTabularDataRequest,
    GetLatestTabularDataResponse,
    TabularData,
    TabularDataByFilterRequest,
    TabularDataByFilterResponse,
)

from .filters import by_interval, same_type, select, wanted_by_delete
from .refusals import exhausted, wanted

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from msgspec import UnsetType

    from specbind.bindings._runtime.grpc.rpc import ServerCall
    from specbind.bindings._runtime.proto.message import JsonValue
    from specbind.bindings._runtime.proto.wellknown import Any

    from .records import Capture, Row
    from .state import State

__all__ = ["TabularCalls", "plain_parameters"]

_REMEMBERED = timedelta(days=365)


class TabularCalls(DataServiceServer):
    """What the data service does with rows, other than queries."""

    _state: State

    async def tabular_data_by_filter(
        self, request: TabularDataByFilterRequest, call: ServerCall
    ) -> TabularDataByFilterResponse:
        """One page; rows of the same upload share their metadata."""
        page = select(
            self._state.rows,
            request.data_request,
            self._state.page_size,
            internal=request.include_internal_data,
            count_only=request.count_only,
            counted=self._state.count,
        )
        size = sum(row.size for row in page.found)
        if size > self._state.max_message:
            raise exhausted(size, self._state.max_message)
        captures: dict[int, Capture] = {}
        places: dict[int, int] = {}
        for row in page.found:
            places.setdefault(id(row.capture), len(places))
            captures[id(row.capture)] = row.capture
        return TabularDataByFilterResponse(
            metadata=[capture.message() for capture in captures.values()],
            data=[
                TabularData(
                    data=row.data,
                    metadata_index=places[id(row.capture)],
                    time_requested=row.requested,
                    time_received=row.received,
                )
                for row in page.found
            ],
            count=page.count,
            last=page.last,
            total_size_bytes=page.size,
        )

    async def export_tabular_data(
        self, request: ExportTabularDataRequest, call: ServerCall
    ) -> AsyncGenerator[ExportTabularDataResponse]:
        """Every row of a resource in an interval, the oldest first."""
        for row in self._of_resource(request, request.interval):
            part = row.capture.part
            yield ExportTabularDataResponse(
                part_id=part.id,
                resource_name=row.capture.component_name,
                resource_subtype=row.capture.component_type,
                method_name=row.capture.method,
                time_captured=row.received,
                organization_id=part.organization_id,
                location_id=part.location_id,
                robot_name=part.robot_name,
                robot_id=part.robot_id,
                part_name=part.name,
                method_parameters=plain_parameters(row.capture.parameters),
                tags=list(row.capture.tags),
                payload=row.data,
            )

    async def get_latest_tabular_data(
        self, request: GetLatestTabularDataRequest, call: ServerCall
    ) -> GetLatestTabularDataResponse:
        """The newest row that was uploaded within a year; an empty answer where there is none."""
        oldest = self._state.clock() - _REMEMBERED
        found = [row for row in self._of_resource(request, UNSET) if row.synced.to_datetime() >= oldest]
        if not found:
            return GetLatestTabularDataResponse()
        newest = found[-1]
        return GetLatestTabularDataResponse(
            time_captured=newest.received, time_synced=newest.synced, payload=newest.data
        )

    def _of_resource(
        self, request: ExportTabularDataRequest | GetLatestTabularDataRequest, interval: CaptureInterval | UnsetType
    ) -> list[Row]:
        """The rows that one method of a resource captured, the oldest first."""
        part = self._state.part(request.part_id)
        name = wanted("resource_name", request.resource_name)
        kind = wanted("resource_subtype", request.resource_subtype)
        method = wanted("method_name", request.method_name)
        parameters = {} if request.additional_parameters is UNSET else request.additional_parameters
        in_time = by_interval(interval)
        found = [
            row
            for row in self._state.rows
            if row.capture.part.id == part.id
            and row.capture.component_name == name
            and row.capture.method == method
            and same_type(row.capture.component_type, kind)
            and in_time(row)
            and _has(plain_parameters(row.capture.parameters) if parameters else {}, parameters)
        ]
        return sorted(found, key=lambda row: (row.moment, row.number))

    async def delete_tabular_data(
        self, request: DeleteTabularDataRequest, call: ServerCall
    ) -> DeleteTabularDataResponse:
        """Delete rows of an organization that are older than a number of days of the calendar in UTC."""
        organization = self._state.organization(request.organization_id)
        passes = wanted_by_delete(request.filter)
        today = self._state.clock().astimezone(UTC).date()
        days = request.delete_older_than_days

        def is_doomed(row: Row) -> bool:
            if row.capture.part.organization_id != organization or not passes(row):
                return False
            return not days or (today - row.received.to_datetime().date()).days > days

        kept = [row for row in self._state.rows if not is_doomed(row)]
        deleted = len(self._state.rows) - len(kept)
        self._state.rows[:] = kept
        return DeleteTabularDataResponse(deleted_count=deleted)


def _has(present: Mapping[str, JsonValue], wanted_members: Mapping[str, JsonValue]) -> bool:
    return all(name in present and present[name] == value for name, value in wanted_members.items())


def plain_parameters(parameters: Mapping[str, Any]) -> dict[str, JsonValue]:
    """What a method was called with, as JSON. What is no type of google.protobuf is told by its name alone."""
    return {name: _plain(value) for name, value in parameters.items()}


def _plain(value: Any) -> JsonValue:
    try:
        found = to_dict(value)
    except (EncodeError, DecodeError, LookupError):
        return {"@type": value.type_url}
    found.pop("@type", None)
    return found["value"] if found.keys() == {"value"} else dict(found)
