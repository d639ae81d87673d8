"""Datasets, what belongs to them, and exports of datasets of sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.bindings.viam.viam.app.data.v1 import (
    AddBinaryDataToDatasetByIDsRequest,
    AddBinaryDataToDatasetByIDsResponse,
    DataServiceServer,
    RemoveBinaryDataFromDatasetByIDsRequest,
    RemoveBinaryDataFromDatasetByIDsResponse,
)
from specbind.bindings.viam.viam.app.dataset.v1 import (
    CreateDatasetRequest,
    CreateDatasetResponse,
    Dataset,
    DatasetServiceServer,
    DatasetType,
    DeleteDatasetRequest,
    DeleteDatasetResponse,
    GetSequenceDatasetExportRequest,
    GetSequenceDatasetExportResponse,
    ListDatasetsByIDsRequest,
    ListDatasetsByIDsResponse,
    ListDatasetsByOrganizationIDRequest,
    ListDatasetsByOrganizationIDResponse,
    MergeDatasetsRequest,
    MergeDatasetsResponse,
    RenameDatasetRequest,
    RenameDatasetResponse,
    StartSequenceDatasetExportRequest,
    StartSequenceDatasetExportResponse,
)

from .refusals import conflict, invalid, texts, unknown, wanted

if TYPE_CHECKING:
    from specbind.bindings._runtime.grpc.rpc import ServerCall
    from specbind.bindings.viam.viam.app.data.v1 import Sequence

    from .exports import Exports
    from .records import Binary
    from .state import State

__all__ = ["DatasetCalls", "Datasets", "of_type"]

_BINARY = DatasetType.DATASET_TYPE_BINARY_DATA
_SEQUENCES = DatasetType.DATASET_TYPE_SEQUENCE_DATA


class Datasets(DatasetServiceServer):
    """The service of datasets."""

    def __init__(self, state: State, exports: Exports) -> None:
        self._state = state
        self._exports = exports

    async def create_dataset(self, request: CreateDatasetRequest, call: ServerCall) -> CreateDatasetResponse:
        """Make a dataset."""
        organization = self._state.organization(request.organization_id)
        kind = _BINARY if request.type is UNSET else request.type
        if kind not in (_BINARY, _SEQUENCES):
            raise invalid(f"type {int(kind)} is not known")
        return CreateDatasetResponse(id=self._new(request.name, organization, kind).id)

    async def delete_dataset(self, request: DeleteDatasetRequest, call: ServerCall) -> DeleteDatasetResponse:
        """Delete a dataset; its data stays."""
        dataset = self._state.dataset(request.id)
        for binary in self._state.binaries.values():
            binary.dataset_ids = [found for found in binary.dataset_ids if found != dataset.id]
        for sequence in self._state.sequences.values():
            sequence.dataset_ids = [found for found in sequence.dataset_ids if found != dataset.id]
        del self._state.datasets[dataset.id]
        return DeleteDatasetResponse()

    async def rename_dataset(self, request: RenameDatasetRequest, call: ServerCall) -> RenameDatasetResponse:
        """Give a dataset another name."""
        dataset = self._state.dataset(request.id)
        dataset.name = self._free_name(request.name, dataset.organization_id, but=dataset.id)
        return RenameDatasetResponse()

    async def list_datasets_by_organization_id(
        self, request: ListDatasetsByOrganizationIDRequest, call: ServerCall
    ) -> ListDatasetsByOrganizationIDResponse:
        """The datasets of an organization, in the order in which they were made."""
        organization = self._state.organization(request.organization_id)
        return ListDatasetsByOrganizationIDResponse(
            datasets=[
                dataset
                for dataset in self._state.datasets.values()
                if dataset.organization_id == organization and request.type in (UNSET, dataset.type)
            ]
        )

    async def list_datasets_by_ids(
        self, request: ListDatasetsByIDsRequest, call: ServerCall
    ) -> ListDatasetsByIDsResponse:
        """Datasets in the order of the identifiers."""
        return ListDatasetsByIDsResponse(datasets=[self._state.dataset(found) for found in texts("ids", request.ids)])

    async def merge_datasets(self, request: MergeDatasetsRequest, call: ServerCall) -> MergeDatasetsResponse:
        """Make a dataset of all that several ones of the same type hold."""
        organization = self._state.organization(request.organization_id)
        sources = [self._state.dataset(found) for found in texts("dataset_ids", request.dataset_ids)]
        if any(source.organization_id != organization for source in sources):
            raise invalid("all datasets have to be of the organization")
        if len({source.type for source in sources}) > 1:
            raise invalid("datasets of binary data and of sequences cannot be merged")
        merged = self._new(request.name, organization, sources[0].type)
        ids = {source.id for source in sources}
        members: list[Binary | Sequence] = [*self._state.binaries.values(), *self._state.sequences.values()]
        for member in members:
            if not ids.isdisjoint(member.dataset_ids):
                member.dataset_ids = [*member.dataset_ids, merged.id]
        return MergeDatasetsResponse(dataset_id=merged.id)

    async def start_sequence_dataset_export(
        self, request: StartSequenceDatasetExportRequest, call: ServerCall
    ) -> StartSequenceDatasetExportResponse:
        """Start to pack a dataset of sequences."""
        dataset = of_type(self._state.dataset(request.dataset_id), _SEQUENCES)
        return StartSequenceDatasetExportResponse(job_id=self._exports.start(dataset))

    async def get_sequence_dataset_export(
        self, request: GetSequenceDatasetExportRequest, call: ServerCall
    ) -> GetSequenceDatasetExportResponse:
        """How far an export is."""
        found = self._state.exports.get(wanted("job_id", request.job_id))
        if found is None:
            raise unknown("export", request.job_id)
        return found

    def _new(self, name: str, organization: str, kind: DatasetType) -> Dataset:
        dataset = Dataset(
            id=self._state.new_id(),
            name=self._free_name(name, organization),
            organization_id=organization,
            time_created=self._state.timestamp(),
            type=kind,
        )
        self._state.datasets[dataset.id] = dataset
        return dataset

    def _free_name(self, name: str, organization: str, *, but: str = "") -> str:
        """A name that no other dataset of the organization has. Raises ALREADY_EXISTS."""
        wanted("name", name)
        for dataset in self._state.datasets.values():
            if dataset.organization_id == organization and dataset.name == name and dataset.id != but:
                raise conflict(f"a dataset with the name {name[:60]!r} is there already")
        return name


class DatasetCalls(DataServiceServer):
    """What the data service does with members of datasets."""

    _state: State

    async def add_binary_data_to_dataset_by_ids(
        self, request: AddBinaryDataToDatasetByIDsRequest, call: ServerCall
    ) -> AddBinaryDataToDatasetByIDsResponse:
        """Put binary data into a dataset; what is in it already stays."""
        dataset = of_type(self._state.dataset(request.dataset_id), _BINARY)
        for binary in self._state.named_binaries(request.binary_data_ids, request.binary_ids):
            binary.dataset_ids = list(dict.fromkeys([*binary.dataset_ids, dataset.id]))
        return AddBinaryDataToDatasetByIDsResponse()

    async def remove_binary_data_from_dataset_by_ids(
        self, request: RemoveBinaryDataFromDatasetByIDsRequest, call: ServerCall
    ) -> RemoveBinaryDataFromDatasetByIDsResponse:
        """Take binary data out of a dataset."""
        dataset = of_type(self._state.dataset(request.dataset_id), _BINARY)
        for binary in self._state.named_binaries(request.binary_data_ids, request.binary_ids):
            binary.dataset_ids = [found for found in binary.dataset_ids if found != dataset.id]
        return RemoveBinaryDataFromDatasetByIDsResponse()


def of_type(dataset: Dataset, kind: DatasetType) -> Dataset:
    """A dataset that holds this. Raises INVALID_ARGUMENT for another."""
    if dataset.type is not kind:
        raise invalid(f"the dataset {dataset.id} holds {'binary data' if kind is _SEQUENCES else 'sequences'}")
    return dataset
