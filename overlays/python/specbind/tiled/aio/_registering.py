"""Files that are there already, as one node of a server that reads them where they are."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from specbind.core import arguments
from specbind.tiled.data_sources import Asset, DataSource
from specbind.tiled.structures import (
    ArrayStructure,
    AwkwardStructure,
    COOStructure,
    RaggedStructure,
    TableStructure,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from specbind.tiled.structures import Structure

__all__ = ["registered_source"]

_FAMILIES: dict[type[object], str] = {
    ArrayStructure: "array",
    AwkwardStructure: "awkward",
    COOStructure: "sparse",
    RaggedStructure: "ragged",
    TableStructure: "table",
}
_TYPES = {
    ".arrow": "application/vnd.apache.arrow.file",
    ".csv": "text/csv",
    ".h5": "application/x-hdf5",
    ".hdf5": "application/x-hdf5",
    ".npy": "application/x-npy",
    ".parquet": "application/x-parquet",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".zarr": "application/x-zarr",
}


def registered_source(
    uris: Sequence[str | os.PathLike[str]],
    structure: Structure | None,
    mimetype: str | None,
    parameters: Mapping[str, Any] | None,
) -> DataSource:
    """The data source of files that a server reads where they are.

    Raises:
        ValueError: there is no file, no structure, or no media type to be told from the names.
        TypeError: the structure is none.
    """
    if not uris:
        raise ValueError("give the path or URI of one file at least")
    if structure is None:
        raise ValueError("give the structure of the data, as ArrayStructure.from_array(...): files are not opened here")
    family = _FAMILIES.get(type(structure))
    if family is None:
        raise TypeError(f"structure is one of specbind.tiled.structures, not {structure!r:.80}")
    found = [_uri(uri) for uri in uris]
    several = len(found) > 1 or family == "table"  # adapters of tables take a list, also of one
    assets = [
        Asset(
            data_uri=uri,
            is_directory=_is_folder(uri),
            parameter="data_uris" if several else "data_uri",
            num=number if several else None,
        )
        for number, uri in enumerate(found)
    ]
    return DataSource(
        structure_family=family,
        structure=structure,
        mimetype=_type_of(found) if mimetype is None else arguments.text("mimetype", mimetype),
        parameters=dict(parameters or {}),
        assets=assets,
        management="external",
    )


def _uri(given: str | os.PathLike[str]) -> str:
    """A URI; a path becomes that of the file on this machine, which is the server's, too."""
    if isinstance(given, str) and "://" in given:
        parts = urlsplit(given)
        if not parts.scheme or (parts.scheme != "file" and not parts.netloc):
            raise ValueError(f"{given!r:.200} is no URI")
        return given
    path = arguments.path("a member of uris", given).absolute()
    return f"file://localhost{quote(path.as_posix())}"


def _is_folder(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme == "file" and Path(unquote(parts.path)).is_dir()


def _type_of(uris: Sequence[str]) -> str:
    names = {Path(unquote(urlsplit(uri).path)).suffix.lower() for uri in uris}
    suffix = names.pop() if len(names) == 1 else ""
    found = _TYPES.get(suffix) or mimetypes.types_map.get(suffix)
    if found is None:
        raise ValueError(f"give mimetype=: it cannot be told from {', '.join(uris)!s:.200}")
    return found
