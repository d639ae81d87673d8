"""The client of awkward arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from specbind.tiled._base import BaseClient
from specbind.tiled._data import nested
from specbind.tiled._data.export import export

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from specbind.core import Progress
    from specbind.tiled._data.export import Target
    from specbind.tiled.structures import AwkwardStructure

__all__ = ["AwkwardClient"]

_SHOWN = 60  # characters of names


class AwkwardClient(BaseClient):
    """An awkward array on a server. `client["x"]` reads the buffers that `x` needs, and no others."""

    def structure(self) -> AwkwardStructure:
        """Length and form of the array.

        Raises:
            DecodeError: the server describes what is not known here.
        """
        return cast("AwkwardStructure", super().structure())

    def __repr__(self) -> str:
        structure = self.structure()
        given: object = structure.form.get("fields")
        fields = [str(field) for field in cast("list[object]", given)] if isinstance(given, list) else []
        name = type(self).__name__ if self._face is None else self._face.__name__
        if not fields:
            return f"<{name} {structure.length} items>"
        text = ", ".join(fields)
        shown = text if len(text) <= _SHOWN else text[:_SHOWN].rpartition(",")[0] + f", ... {len(fields)} fields"
        return f"<{name} {{{shown}}} {structure.length} items>"

    def __len__(self) -> int:
        return self.structure().length

    async def read(self, slice: Any = ...) -> Any:  # noqa: ANN401 - whatever awkward takes and gives
        """Read the array, or some of it. Only the buffers that the index needs are asked for, in one request.

        Args:
            slice: whatever awkward takes: names of fields, slices, integers, masks; `...` for everything.

        Raises:
            IndexError: the index does not fit; nothing was sent.
            DecodeError: the answer does not fit the form.
        """
        return await nested.read_awkward(self._wire, self._path, self.structure(), slice)

    def __getitem__(self, slice: Any) -> Coroutine[object, object, Any]:  # noqa: ANN401 - as read
        return self.read(slice)

    async def write(self, container: Mapping[str, Any]) -> None:
        """Write the buffers of the array.

        Args:
            container: buffers by name, as `awkward.to_buffers` gives them for a packed array.

        Raises:
            ClientError: the server refuses that.
        """
        await nested.write_awkward(self._wire, self._path, container)

    async def export(
        self,
        filepath: Target,
        *,
        format: str | None = None,
        progress_callback: Progress | None = None,
        resume: bool = False,
    ) -> None:
        """Download the array in some format. Arguments and errors are those of `ArrayClient.export`.

        Args:
            filepath: see there.
            format: see there.
            progress_callback: see there.
            resume: see there.
        """
        route = f"awkward/full/{self._path}"
        await export(
            self._connection,
            route,
            filepath,
            format=format,
            progress=progress_callback,
            resume=resume,
        )

    async def copy_to(self, target: BaseClient) -> None:
        """Write everything into an array of the same structure."""
        buffers = await nested.read_buffers(self._wire, self._path)
        await cast("AwkwardClient", target).write(buffers)
