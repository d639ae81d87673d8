"""Sequences: what some resources of a part captured between two times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.bindings._runtime.proto.wellknown import FieldMask
from specbind.bindings.viam.viam.app.data.v1 import (
    AddSequencesToDatasetRequest,
    CreateSequenceRequest,
    DeleteSequenceRequest,
    GetSequenceBinaryDataRequest,
    GetSequenceRequest,
    ListSequencesRequest,
    RemoveSequencesFromDatasetRequest,
    SequenceResourceFilter,
    SequencesByDatasetIDRequest,
    UpdateSequenceRequest,
)
from specbind.bindings.viam.viam.app.data.v1.services import (
    DATA_SERVICE_ADD_SEQUENCES_TO_DATASET,
    DATA_SERVICE_CREATE_SEQUENCE,
    DATA_SERVICE_DELETE_SEQUENCE,
    DATA_SERVICE_GET_SEQUENCE,
    DATA_SERVICE_GET_SEQUENCE_BINARY_DATA,
    DATA_SERVICE_LIST_SEQUENCES,
    DATA_SERVICE_REMOVE_SEQUENCES_FROM_DATASET,
    DATA_SERVICE_SEQUENCES_BY_DATASET_ID,
    DATA_SERVICE_UPDATE_SEQUENCE,
)
from specbind.core.arguments import whole
from specbind.viam._calls import Calls
from specbind.viam._messages import instant, texts

from ._answers import present
from ._arguments import messages_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from specbind.bindings.viam.viam.app.data.v1 import BinaryData, Sequence
    from specbind.viam._foreign import SupportsSerialize

__all__ = ["SequenceCalls"]


def _size(page_size: int | None) -> int:
    return 0 if page_size is None else whole("page_size", page_size, least=0, most=2**32 - 1)


class SequenceCalls(Calls):
    """Sequences. `timeout` of every call: seconds until it is given up, None for never.

    Every call raises RpcError if the platform refuses, RpcDeadlineError if the answer does not come in time.
    """

    async def add_sequences_to_dataset(
        self,
        dataset_id: str,
        sequence_ids: Iterable[str],
        timeout: float | None = None,  # noqa: ASYNC109  # the seed's
    ) -> None:
        """Put sequences into a dataset. Rpc DataService/AddSequencesToDataset."""
        request = AddSequencesToDatasetRequest(
            dataset_id=dataset_id, sequence_ids=texts("sequence_ids", sequence_ids, needed=True)
        )
        await self._ask(DATA_SERVICE_ADD_SEQUENCES_TO_DATASET, request, timeout)

    async def remove_sequences_from_dataset(
        self,
        dataset_id: str,
        sequence_ids: Iterable[str],
        timeout: float | None = None,  # noqa: ASYNC109  # the seed's
    ) -> None:
        """Take sequences out of a dataset. Rpc DataService/RemoveSequencesFromDataset."""
        ids = texts("sequence_ids", sequence_ids, needed=True)
        request = RemoveSequencesFromDatasetRequest(dataset_id=dataset_id, sequence_ids=ids)
        await self._ask(DATA_SERVICE_REMOVE_SEQUENCES_FROM_DATASET, request, timeout)

    async def sequences_by_dataset_id(
        self,
        dataset_id: str,
        page_token: str | None = None,
        page_size: int | None = None,
        count_only: bool | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the seed's
    ) -> tuple[list[Sequence], str, int]:
        """Get one page of the sequences in a dataset. Rpc DataService/SequencesByDatasetID.

        Args:
            dataset_id: identifier of the dataset.
            page_token: what the page before gave, None for the first.
            page_size: the most sequences of a page, None for what the platform takes as usual.
            count_only: only count.
            timeout: see the class.

        Returns:
            The sequences, the token of the next page (empty on the last one), and how many there are in all.
        """
        request = SequencesByDatasetIDRequest(
            dataset_id=dataset_id,
            page_token=page_token or "",
            page_size=_size(page_size),
            count_only=bool(count_only),
        )
        answer = await self._ask(DATA_SERVICE_SEQUENCES_BY_DATASET_ID, request, timeout)
        return answer.sequences, answer.next_page_token, answer.count

    async def get_sequence_binary_data(
        self,
        sequence_id: str,
        page_token: str | None = None,
        page_size: int | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the seed's
    ) -> tuple[list[BinaryData], str]:
        """Get one page of the binary data of a sequence. Rpc DataService/GetSequenceBinaryData.

        Args:
            sequence_id: identifier of the sequence.
            page_token: what the page before gave, None for the first.
            page_size: the most files of a page, None for what the platform takes as usual.
            timeout: see the class.

        Returns:
            The data as messages, and the token of the next page, empty on the last one.
        """
        request = GetSequenceBinaryDataRequest(
            sequence_id=sequence_id, page_token=page_token or "", page_size=_size(page_size)
        )
        answer = await self._ask(DATA_SERVICE_GET_SEQUENCE_BINARY_DATA, request, timeout)
        return answer.data, answer.next_page_token

    async def create_sequence(
        self,
        part_id: str,
        resources: Iterable[SequenceResourceFilter | SupportsSerialize],
        start_time: datetime,
        end_time: datetime,
        sequence_tags: Iterable[str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the seed's
    ) -> str:
        """Make a sequence. Rpc DataService/CreateSequence.

        Args:
            part_id: identifier of the machine part.
            resources: whose data it is: names of resources with the method that captured.
            start_time: begin; without a zone it is UTC.
            end_time: end, as above.
            sequence_tags: tags of the sequence.
            timeout: see the class.

        Returns:
            Its identifier.

        Raises:
            TypeError: a time is missing, or something in `resources` is no SequenceResourceFilter.
        """
        begin, end = instant("start_time", start_time), instant("end_time", end_time)
        if begin is UNSET or end is UNSET:
            raise TypeError("create_sequence() needs start_time and end_time")
        request = CreateSequenceRequest(
            part_id=part_id,
            resources=messages_of(SequenceResourceFilter, "resources", resources),
            start_time=begin,
            end_time=end,
            sequence_tags=[] if sequence_tags is None else texts("sequence_tags", sequence_tags, needed=True),
        )
        return (await self._ask(DATA_SERVICE_CREATE_SEQUENCE, request, timeout)).id

    async def get_sequence(self, id: str, timeout: float | None = None) -> Sequence:  # noqa: ASYNC109  # the seed's
        """Get a sequence. Rpc DataService/GetSequence."""
        answer = await self._ask(DATA_SERVICE_GET_SEQUENCE, GetSequenceRequest(id=id), timeout)
        return present(DATA_SERVICE_GET_SEQUENCE, "sequence", answer.sequence)

    async def update_sequence(
        self,
        id: str,
        resources: Iterable[SequenceResourceFilter | SupportsSerialize] | None = None,
        sequence_tags: Iterable[str] | None = None,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the seed's
    ) -> None:
        """Change a sequence. Rpc DataService/UpdateSequence.

        Args:
            id: identifier of the sequence.
            resources: replaces them; None leaves them, an empty list takes all away. So do the following.
            sequence_tags: replaces the tags.
            start_time: new begin; without a zone it is UTC.
            end_time: new end, as above.
            timeout: see the class.

        Raises:
            ValueError: nothing is to be changed.
        """
        request = UpdateSequenceRequest(
            id=id, start_time=instant("start_time", start_time), end_time=instant("end_time", end_time)
        )
        mask = FieldMask()
        if resources is not None:
            request.resources = messages_of(SequenceResourceFilter, "resources", resources)
            mask.paths.append("resources")
        if sequence_tags is not None:
            request.sequence_tags = texts("sequence_tags", sequence_tags, needed=True)
            mask.paths.append("sequence_tags")
        mask.paths += [name for name in ("start_time", "end_time") if getattr(request, name) is not UNSET]
        if not mask.paths:
            raise ValueError("nothing to change: give resources, sequence_tags, start_time or end_time")
        request.field_mask = mask
        await self._ask(DATA_SERVICE_UPDATE_SEQUENCE, request, timeout)

    async def delete_sequence(self, id: str, timeout: float | None = None) -> None:  # noqa: ASYNC109  # the seed's
        """Delete a sequence; its data stays. Rpc DataService/DeleteSequence."""
        await self._ask(DATA_SERVICE_DELETE_SEQUENCE, DeleteSequenceRequest(id=id), timeout)

    async def list_sequences(
        self,
        organization_id: str,
        page_token: str | None = None,
        page_size: int | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the seed's
    ) -> tuple[list[Sequence], str]:
        """Get one page of the sequences of an organization. Rpc DataService/ListSequences.

        Args:
            organization_id: UUID of the organization.
            page_token: what the page before gave, None for the first.
            page_size: the most sequences of a page, None for what the platform takes as usual.
            timeout: see the class.

        Returns:
            The sequences, and the token of the next page, empty on the last one.
        """
        request = ListSequencesRequest(
            organization_id=organization_id, page_token=page_token or "", page_size=_size(page_size)
        )
        answer = await self._ask(DATA_SERVICE_LIST_SEQUENCES, request, timeout)
        return answer.sequences, answer.next_page_token
