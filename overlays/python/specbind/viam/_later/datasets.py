"""Datasets, and the binary data in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.bindings.viam.viam.app.data.v1 import (
    AddBinaryDataToDatasetByIDsRequest,
    RemoveBinaryDataFromDatasetByIDsRequest,
)
from specbind.bindings.viam.viam.app.data.v1.services import (
    DATA_SERVICE_ADD_BINARY_DATA_TO_DATASET_BY_IDS,
    DATA_SERVICE_REMOVE_BINARY_DATA_FROM_DATASET_BY_IDS,
)
from specbind.bindings.viam.viam.app.dataset.v1 import (
    CreateDatasetRequest,
    DatasetType,
    DeleteDatasetRequest,
    GetSequenceDatasetExportRequest,
    ListDatasetsByIDsRequest,
    ListDatasetsByOrganizationIDRequest,
    MergeDatasetsRequest,
    RenameDatasetRequest,
    StartSequenceDatasetExportRequest,
)
from specbind.bindings.viam.viam.app.dataset.v1.services import (
    DATASET_SERVICE_CREATE_DATASET,
    DATASET_SERVICE_DELETE_DATASET,
    DATASET_SERVICE_GET_SEQUENCE_DATASET_EXPORT,
    DATASET_SERVICE_LIST_DATASETS_BY_IDS,
    DATASET_SERVICE_LIST_DATASETS_BY_ORGANIZATION_ID,
    DATASET_SERVICE_MERGE_DATASETS,
    DATASET_SERVICE_RENAME_DATASET,
    DATASET_SERVICE_START_SEQUENCE_DATASET_EXPORT,
)
from specbind.viam._calls import Calls
from specbind.viam._messages import identifiers, texts

from ._arguments import enum

if TYPE_CHECKING:
    from collections.abc import Iterable

    from specbind.bindings.viam.viam.app.dataset.v1 import Dataset, GetSequenceDatasetExportResponse
    from specbind.viam._messages import BinaryIDLike

__all__ = ["DatasetCalls"]


class DatasetCalls(Calls):
    """Named selections of captured data."""

    async def create_dataset(self, name: str, organization_id: str, type: int | None = None) -> str:
        """Make a dataset. Rpc DatasetService/CreateDataset.

        Args:
            name: new in the organization.
            organization_id: UUID of the organization.
            type: a DatasetType: what it will hold; None for binary data.

        Returns:
            Its identifier.

        Raises:
            RpcError: the platform refused; RpcConflictError: there is one of this name.
        """
        kind = UNSET if type is None else enum(DatasetType, "type", type)
        request = CreateDatasetRequest(name=name, organization_id=organization_id, type=kind)
        return (await self._ask(DATASET_SERVICE_CREATE_DATASET, request)).id

    async def merge_datasets(self, name: str, organization_id: str, dataset_ids: Iterable[str]) -> str:
        """Make a dataset of all that several datasets hold. Rpc DatasetService/MergeDatasets.

        Args:
            name: of the new one.
            organization_id: UUID of the organization.
            dataset_ids: identifiers of the datasets, which stay as they are.

        Returns:
            Identifier of the new one.

        Raises:
            RpcError: the platform refused.
        """
        ids = texts("dataset_ids", dataset_ids, needed=True)
        request = MergeDatasetsRequest(name=name, organization_id=organization_id, dataset_ids=ids)
        return (await self._ask(DATASET_SERVICE_MERGE_DATASETS, request)).dataset_id

    async def list_dataset_by_ids(self, ids: Iterable[str]) -> list[Dataset]:
        """Get datasets by their identifiers. Rpc DatasetService/ListDatasetsByIDs. Raises RpcError."""
        request = ListDatasetsByIDsRequest(ids=texts("ids", ids, needed=True))
        return (await self._ask(DATASET_SERVICE_LIST_DATASETS_BY_IDS, request)).datasets

    async def list_datasets_by_organization_id(
        self, organization_id: str, dataset_type: int | None = None
    ) -> list[Dataset]:
        """Get the datasets of an organization. Rpc DatasetService/ListDatasetsByOrganizationID.

        Args:
            organization_id: UUID of the organization.
            dataset_type: a DatasetType: only those that hold this; None for all.

        Raises:
            RpcError: the platform refused.
        """
        kind = UNSET if dataset_type is None else enum(DatasetType, "dataset_type", dataset_type)
        request = ListDatasetsByOrganizationIDRequest(organization_id=organization_id, type=kind)
        return (await self._ask(DATASET_SERVICE_LIST_DATASETS_BY_ORGANIZATION_ID, request)).datasets

    async def rename_dataset(self, id: str, name: str) -> None:
        """Give a dataset another name. Rpc DatasetService/RenameDataset. Raises RpcError."""
        await self._ask(DATASET_SERVICE_RENAME_DATASET, RenameDatasetRequest(id=id, name=name))

    async def delete_dataset(self, id: str) -> None:
        """Delete a dataset; its data stays. Rpc DatasetService/DeleteDataset. Raises RpcError."""
        await self._ask(DATASET_SERVICE_DELETE_DATASET, DeleteDatasetRequest(id=id))

    async def start_sequence_dataset_export(self, dataset_id: str, timeout: float | None = None) -> str:  # noqa: ASYNC109  # the seed's
        """Start to pack a dataset of sequences for download. Rpc DatasetService/StartSequenceDatasetExport.

        Args:
            dataset_id: identifier of the dataset.
            timeout: seconds until the call is given up, None for never.

        Returns:
            Identifier of the export, for `get_sequence_dataset_export`.

        Raises:
            RpcError: the platform refused.
        """
        request = StartSequenceDatasetExportRequest(dataset_id=dataset_id)
        answer = await self._ask(DATASET_SERVICE_START_SEQUENCE_DATASET_EXPORT, request, timeout)
        return answer.job_id

    async def get_sequence_dataset_export(
        self,
        job_id: str,
        timeout: float | None = None,  # noqa: ASYNC109  # the seed's
    ) -> GetSequenceDatasetExportResponse:
        """Get how far an export is, and where its result lies. Rpc DatasetService/GetSequenceDatasetExport.

        Args:
            job_id: identifier of the export.
            timeout: seconds until the call is given up, None for never.

        Raises:
            RpcError: the platform refused.
        """
        request = GetSequenceDatasetExportRequest(job_id=job_id)
        return await self._ask(DATASET_SERVICE_GET_SEQUENCE_DATASET_EXPORT, request, timeout)

    async def add_binary_data_to_dataset_by_ids(self, binary_ids: Iterable[BinaryIDLike], dataset_id: str) -> None:
        """Put binary data into a dataset. Rpc DataService/AddBinaryDataToDatasetByIDs.

        Args:
            binary_ids: identifiers; texts and BinaryIDs may be mixed.
            dataset_id: identifier of the dataset.

        Raises:
            TypeError: something in `binary_ids` is no identifier.
            RpcError: the platform refused; RpcBadRequestError: there are no identifiers.
        """
        old, new = identifiers(DATA_SERVICE_ADD_BINARY_DATA_TO_DATASET_BY_IDS, binary_ids)
        request = AddBinaryDataToDatasetByIDsRequest(binary_ids=old, binary_data_ids=new, dataset_id=dataset_id)
        await self._ask(DATA_SERVICE_ADD_BINARY_DATA_TO_DATASET_BY_IDS, request)

    async def remove_binary_data_from_dataset_by_ids(self, binary_ids: Iterable[BinaryIDLike], dataset_id: str) -> None:
        """Take binary data out of a dataset. Rpc DataService/RemoveBinaryDataFromDatasetByIDs.

        Arguments and errors are those of `add_binary_data_to_dataset_by_ids`.
        """
        old, new = identifiers(DATA_SERVICE_REMOVE_BINARY_DATA_FROM_DATASET_BY_IDS, binary_ids)
        request = RemoveBinaryDataFromDatasetByIDsRequest(binary_ids=old, binary_data_ids=new, dataset_id=dataset_id)
        await self._ask(DATA_SERVICE_REMOVE_BINARY_DATA_FROM_DATASET_BY_IDS, request)
