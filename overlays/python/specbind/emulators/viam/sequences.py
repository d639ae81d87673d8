"""Sequences: what some resources of a part captured between two times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.bindings.viam.viam.app.data.v1 import (
    AddSequencesToDatasetRequest,
    AddSequencesToDatasetResponse,
    CreateSequenceRequest,
    CreateSequenceResponse,
    DataServiceServer,
    DeleteSequenceRequest,
    DeleteSequenceResponse,
    GetSequenceBinaryDataRequest,
    GetSequenceBinaryDataResponse,
    GetSequenceRequest,
    GetSequenceResponse,
    ListSequencesRequest,
    ListSequencesResponse,
    RemoveSequencesFromDatasetRequest,
    RemoveSequencesFromDatasetResponse,
    Sequence,
    SequenceResourceFilter,
    SequencesByDatasetIDRequest,
    SequencesByDatasetIDResponse,
    UpdateSequenceRequest,
    UpdateSequenceResponse,
)
from specbind.bindings.viam.viam.app.dataset.v1 import DatasetType

from .binary import answered
from .datasets import of_type
from .filters import slice_of
from .records import checked_time, nanoseconds
from .refusals import invalid, texts, wanted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msgspec import UnsetType

    from specbind.bindings._runtime.grpc.rpc import ServerCall
    from specbind.bindings._runtime.proto.wellknown import Timestamp

    from .records import Binary
    from .state import State

__all__ = ["SequenceCalls", "data_of"]

_KIND = DatasetType.DATASET_TYPE_SEQUENCE_DATA
_MEMBERS = frozenset({"resources", "sequence_tags", "start_time", "end_time"})


class SequenceCalls(DataServiceServer):
    """What the data service does with sequences."""

    _state: State

    async def create_sequence(self, request: CreateSequenceRequest, call: ServerCall) -> CreateSequenceResponse:
        """Make a sequence."""
        now = self._state.timestamp()
        sequence = Sequence(
            id=self._state.new_id(),
            sequence_tags=list(dict.fromkeys(request.sequence_tags)),
            created_at=now,
            updated_at=now,
            start_time=request.start_time,
            end_time=request.end_time,
            resources=_resources(request.resources),
            part_id=self._state.part(request.part_id).id,
        )
        _check_times(sequence)
        self._state.sequences[sequence.id] = sequence
        return CreateSequenceResponse(id=sequence.id)

    async def get_sequence(self, request: GetSequenceRequest, call: ServerCall) -> GetSequenceResponse:
        """One sequence."""
        return GetSequenceResponse(sequence=self._state.sequence(request.id))

    async def update_sequence(self, request: UpdateSequenceRequest, call: ServerCall) -> UpdateSequenceResponse:
        """Change what the field mask names, and nothing else."""
        sequence = self._state.sequence(request.id)
        names = frozenset([] if request.field_mask is UNSET else request.field_mask.paths)
        if not names or not names <= _MEMBERS:
            raise invalid(f"field_mask names some of {', '.join(sorted(_MEMBERS))}")
        changed = Sequence(
            start_time=request.start_time if "start_time" in names else sequence.start_time,
            end_time=request.end_time if "end_time" in names else sequence.end_time,
        )
        _check_times(changed)
        if "resources" in names:
            sequence.resources = _resources(request.resources)
        if "sequence_tags" in names:
            sequence.sequence_tags = list(dict.fromkeys(request.sequence_tags))
        sequence.start_time, sequence.end_time = changed.start_time, changed.end_time
        sequence.updated_at = self._state.timestamp()
        return UpdateSequenceResponse()

    async def delete_sequence(self, request: DeleteSequenceRequest, call: ServerCall) -> DeleteSequenceResponse:
        """Delete a sequence; its data stays."""
        del self._state.sequences[self._state.sequence(request.id).id]
        return DeleteSequenceResponse()

    async def list_sequences(self, request: ListSequencesRequest, call: ServerCall) -> ListSequencesResponse:
        """One page of the sequences of an organization, in the order in which they were made."""
        organization = self._state.organization(request.organization_id)
        found = [
            sequence
            for sequence in self._state.sequences.values()
            if self._state.parts[sequence.part_id].organization_id == organization
        ]
        page, following = slice_of(found, request.page_token, request.page_size, self._state.page_size)
        return ListSequencesResponse(sequences=page, next_page_token=following)

    async def sequences_by_dataset_id(
        self, request: SequencesByDatasetIDRequest, call: ServerCall
    ) -> SequencesByDatasetIDResponse:
        """One page of the sequences in a dataset."""
        dataset = of_type(self._state.dataset(request.dataset_id), _KIND)
        found = [sequence for sequence in self._state.sequences.values() if dataset.id in sequence.dataset_ids]
        if request.count_only:
            return SequencesByDatasetIDResponse(count=len(found))
        page, following = slice_of(found, request.page_token, request.page_size, self._state.page_size)
        return SequencesByDatasetIDResponse(sequences=page, next_page_token=following, count=len(found))

    async def get_sequence_binary_data(
        self, request: GetSequenceBinaryDataRequest, call: ServerCall
    ) -> GetSequenceBinaryDataResponse:
        """One page of the binary data of a sequence, without its bytes."""
        found = data_of(self._state, self._state.sequence(request.sequence_id))
        page, following = slice_of(found, request.page_token, request.page_size, self._state.page_size)
        data = await answered(self._state, page, with_bytes=False)
        return GetSequenceBinaryDataResponse(data=data, next_page_token=following)

    async def add_sequences_to_dataset(
        self, request: AddSequencesToDatasetRequest, call: ServerCall
    ) -> AddSequencesToDatasetResponse:
        """Put sequences into a dataset."""
        dataset = of_type(self._state.dataset(request.dataset_id), _KIND)
        for sequence in self._named(request.sequence_ids):
            sequence.dataset_ids = list(dict.fromkeys([*sequence.dataset_ids, dataset.id]))
        return AddSequencesToDatasetResponse()

    async def remove_sequences_from_dataset(
        self, request: RemoveSequencesFromDatasetRequest, call: ServerCall
    ) -> RemoveSequencesFromDatasetResponse:
        """Take sequences out of a dataset."""
        dataset = of_type(self._state.dataset(request.dataset_id), _KIND)
        for sequence in self._named(request.sequence_ids):
            sequence.dataset_ids = [found for found in sequence.dataset_ids if found != dataset.id]
        return RemoveSequencesFromDatasetResponse()

    def _named(self, identifiers: Iterable[str]) -> list[Sequence]:
        return [self._state.sequence(identifier) for identifier in texts("sequence_ids", identifiers)]


def data_of(state: State, sequence: Sequence) -> list[Binary]:
    """The binary data of a sequence, the oldest first."""
    begin, end = _check_times(sequence)
    sources = {(resource.resource_name, resource.method_name) for resource in sequence.resources}
    found = [
        binary
        for binary in state.binaries.values()
        if binary.capture.part.id == sequence.part_id
        and (binary.capture.component_name, binary.capture.method) in sources
        and begin <= binary.moment <= end
    ]
    return sorted(found, key=lambda binary: (binary.moment, binary.number))


def _resources(resources: Iterable[SequenceResourceFilter]) -> list[SequenceResourceFilter]:
    found = list(resources)
    if not found:
        raise invalid("resources is required")
    for resource in found:
        wanted("resource_name", resource.resource_name)
        wanted("method_name", resource.method_name)
    return found


def _check_times(sequence: Sequence) -> tuple[int, int]:
    begin, end = _nanoseconds("start_time", sequence.start_time), _nanoseconds("end_time", sequence.end_time)
    if begin >= end:
        raise invalid("start_time has to be before end_time")
    return begin, end


def _nanoseconds(name: str, moment: Timestamp | UnsetType) -> int:
    found = checked_time(name, moment)
    if found is None:
        raise invalid(f"{name} is required")
    return nanoseconds(found)
