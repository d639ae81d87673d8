"""Everything the emulated platform remembers."""

from __future__ import annotations

import contextlib
import itertools
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeVar

from msgspec import UNSET

from specbind.bindings._runtime.proto.wellknown import Timestamp

from .fleet import FLEET
from .refusals import invalid, is_uuid, texts, unknown, wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from msgspec import UnsetType

    from specbind.bindings.viam.viam.app.data.v1 import BinaryID, Index, Query
    from specbind.bindings.viam.viam.app.data.v1 import Sequence as SequenceMessage
    from specbind.bindings.viam.viam.app.datapipelines.v1 import DataPipeline, DataPipelineRun
    from specbind.bindings.viam.viam.app.dataset.v1 import Dataset, GetSequenceDatasetExportResponse

    from .documents import Document
    from .fleet import Part
    from .records import Binary, Row

__all__ = ["Pipeline", "State", "now"]

T = TypeVar("T")


def now() -> datetime:
    """The time of the machine, in UTC."""
    return datetime.now(UTC)


@dataclass
class Pipeline:
    """A data pipeline, its runs, and what they gave."""

    about: DataPipeline
    runs: list[DataPipelineRun] = field(default_factory=list["DataPipelineRun"])
    sink: list[Document] = field(default_factory=list["Document"])
    checked: datetime = field(default_factory=now)
    """Until when its schedule was followed."""


class State:
    """The data of all organizations.

    Args:
        folder: where the bytes of binary data lie.
        parts: the machine parts that are known.
        page_size: results of a page where a call asks for no number.
        count: what `count` of a page is: that of `all` that passes, or of the `page`.
        max_message: most bytes of a message that is sent or read.
        clock: the time, in UTC.

    Attributes:
        base_url: where the files are served, without a slash at the end; set when that is known.
    """

    def __init__(
        self,
        folder: Path,
        *,
        parts: Sequence[Part] = FLEET,
        page_size: int = 50,
        count: Literal["all", "page"] = "all",
        max_message: int = 32 << 20,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.folder = folder
        self.page_size = page_size
        self.count: Literal["all", "page"] = count
        self.max_message = max_message
        self.clock = clock
        self.base_url = ""
        self.parts = {part.id: part for part in parts}
        self.organizations = frozenset(part.organization_id for part in parts)
        self.rows: list[Row] = []
        self.binaries: dict[str, Binary] = {}
        self.datasets: dict[str, Dataset] = {}
        self.sequences: dict[str, SequenceMessage] = {}
        self.exports: dict[str, GetSequenceDatasetExportResponse] = {}
        self.pipelines: dict[str, Pipeline] = {}
        self.queries: dict[str, Query] = {}
        self.indexes: list[tuple[str, Index]] = []
        self.database_users: set[str] = set()
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """The number of the next upload."""
        return next(self._numbers)

    def new_path(self) -> Path:
        """A file that is not there yet; its name owes nothing to a request."""
        return self.folder / f"{next(self._numbers)}.bin"

    def timestamp(self) -> Timestamp:
        """The time of the clock."""
        return Timestamp.from_datetime(self.clock())

    @staticmethod
    def new_id() -> str:
        """A new identifier: 24 hexadecimal digits."""
        return secrets.token_hex(12)

    # --- what a request names

    def part(self, identifier: str) -> Part:
        """A machine part. Raises INVALID_ARGUMENT for what is no UUID, NOT_FOUND for one that is not known."""
        if not is_uuid(wanted("part_id", identifier)):
            raise invalid("part_id is invalid: a UUID is wanted")
        return self._found("machine part", self.parts, identifier.lower())

    def organization(self, identifier: str) -> str:
        """An organization. Raises as `part`."""
        if not is_uuid(wanted("organization_id", identifier)):
            raise invalid("organization_id is invalid: a UUID is wanted")
        if identifier.lower() not in self.organizations:
            raise unknown("organization", identifier)
        return identifier.lower()

    def binary(self, identifier: str) -> Binary:
        """One piece of binary data. Raises INVALID_ARGUMENT, NOT_FOUND."""
        return self._found("binary data", self.binaries, wanted("binary_data_id", identifier))

    def named_binaries(self, identifiers: Iterable[str], old: Iterable[BinaryID]) -> list[Binary]:
        """Binary data by identifiers of both forms, each once. Raises INVALID_ARGUMENT, also for none; NOT_FOUND."""
        ids = [*identifiers, *map(old_id, old)]
        return [self.binary(identifier) for identifier in texts("binary_data_ids", ids)]

    def named_binary(self, identifier: str, old: BinaryID | UnsetType) -> Binary:
        """One piece of binary data by an identifier of either form."""
        return self.binary(identifier or ("" if old is UNSET else old_id(old)))

    def dataset(self, identifier: str) -> Dataset:
        """A dataset. Raises INVALID_ARGUMENT, NOT_FOUND."""
        return self._found("dataset", self.datasets, wanted("dataset_id", identifier))

    def sequence(self, identifier: str) -> SequenceMessage:
        """A sequence. Raises INVALID_ARGUMENT, NOT_FOUND."""
        return self._found("sequence", self.sequences, wanted("sequence_id", identifier))

    def pipeline(self, identifier: str) -> Pipeline:
        """A data pipeline. Raises INVALID_ARGUMENT, NOT_FOUND."""
        return self._found("data pipeline", self.pipelines, wanted("id", identifier))

    def query(self, identifier: str) -> Query:
        """A stored query. Raises INVALID_ARGUMENT, NOT_FOUND."""
        return self._found("saved query", self.queries, wanted("id", identifier))

    @staticmethod
    def _found(kind: str, among: Mapping[str, T], identifier: str) -> T:
        found = among.get(identifier)
        if found is None:
            raise unknown(kind, identifier)
        return found

    def delete_binaries(self, binaries: Iterable[Binary]) -> int:
        """Delete binary data with its bytes; gives how many there were."""
        doomed = list(binaries)
        for binary in doomed:
            self.binaries.pop(binary.id, None)
            with contextlib.suppress(OSError):  # a download has it open where that locks it; the folder goes later
                binary.path.unlink(missing_ok=True)
        return len(doomed)


def old_id(identifier: BinaryID) -> str:
    """The identifier that an old one stands for."""
    return f"{identifier.organization_id}/{identifier.location_id}/{identifier.file_id}"
