"""Exports of datasets of sequences: a ZIP with one folder for each sequence."""

from __future__ import annotations

import asyncio
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

from specbind.bindings._runtime.proto.json_write import to_json
from specbind.bindings._runtime.proto.wellknown import Timestamp
from specbind.bindings.viam.viam.app.dataset.v1 import GetSequenceDatasetExportResponse, SequenceDatasetExportStatus

from .sequences import data_of

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.bindings.viam.viam.app.dataset.v1 import Dataset

    from .files import Files
    from .state import State

__all__ = ["Exports"]

_LIFE = timedelta(hours=1)


class Exports:
    """The exports that run or ran."""

    def __init__(self, state: State, files: Files) -> None:
        self._state = state
        self._files = files
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, dataset: Dataset) -> str:
        """Start to pack a dataset; gives the identifier of the export."""
        export = GetSequenceDatasetExportResponse(
            job_id=self._state.new_id(),
            status=SequenceDatasetExportStatus.SEQUENCE_DATASET_EXPORT_STATUS_RUNNING,
            created_at=self._state.timestamp(),
        )
        self._state.exports[export.job_id] = export
        members: list[tuple[str, str | Path]] = []
        for sequence in self._state.sequences.values():
            if dataset.id in sequence.dataset_ids:
                members.append((f"{sequence.id}/sequence.json", to_json(sequence)))
                members += [
                    (f"{sequence.id}/{binary.file_id}{_extension(binary.file_ext)}", binary.path)
                    for binary in data_of(self._state, sequence)
                ]
        task = asyncio.create_task(self._run(export, members))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return export.job_id

    async def close(self) -> None:
        """Stop what runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, export: GetSequenceDatasetExportResponse, members: list[tuple[str, str | Path]]) -> None:
        path = self._state.new_path()
        try:
            await asyncio.to_thread(_pack, path, members)
        except OSError as error:  # data was deleted in the meantime
            export.status = SequenceDatasetExportStatus.SEQUENCE_DATASET_EXPORT_STATUS_FAILED
            export.error_message = f"the data cannot be read: {error.strerror}"
        else:
            ends = (self._state.clock() + _LIFE).replace(microsecond=0)
            self._files.exports[export.job_id] = path
            export.download_url = self._files.signed_url(f"/exports/{export.job_id}", ends)
            export.expires_at = Timestamp.from_datetime(ends)
            export.status = SequenceDatasetExportStatus.SEQUENCE_DATASET_EXPORT_STATUS_COMPLETED
        export.completed_at = self._state.timestamp()


def _extension(stated: str) -> str:
    """An extension that is safe as a part of a name, or none."""
    return stated if stated[1:].isascii() and stated[1:].isalnum() and len(stated) <= 10 else ""


def _pack(path: Path, members: list[tuple[str, str | Path]]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            if isinstance(content, str):
                archive.writestr(name, content)
            else:
                archive.write(content, name)
