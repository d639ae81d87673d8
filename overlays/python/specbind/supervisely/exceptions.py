"""What can go wrong with a Supervisely server and the versions on it.

    SuperviselyError
    ├── ApiConnectionError           no whole answer: connection, time limit
    ├── ApiStatusError               the server refused, or failed; `status`, `error`, `details`
    ├── ApiAnswerError               an answer that does not fit the API, or bytes that are not those promised
    ├── ApiClosedError               the Api was closed (also a ValueError)
    ├── LibraryMissingError          an optional library is not installed (also an ImportError)
    ├── VersionError                 a version could not be made, changed or found (also a RuntimeError)
    │   ├── ReservationBusyError     somebody else is making a version of the project
    │   └── VersionMapError          the map of versions in the team files cannot be used
    └── SnapshotError                an archive is damaged or passes a limit (also a RuntimeError)
        └── UnsupportedSnapshotError a type of project or a format that is not read here (also a ValueError)

The error of the layer below, with status, headers and body, is the `__cause__`. A wrong argument is a TypeError or
ValueError before anything is sent; a local file that cannot be read or written is an OSError.
"""

from __future__ import annotations

__all__ = [
    "ApiAnswerError",
    "ApiClosedError",
    "ApiConnectionError",
    "ApiStatusError",
    "LibraryMissingError",
    "ReservationBusyError",
    "SnapshotError",
    "SuperviselyError",
    "UnsupportedSnapshotError",
    "VersionError",
    "VersionMapError",
]


class SuperviselyError(Exception):
    """Base of all errors of this package."""


class ApiConnectionError(SuperviselyError):
    """No whole answer came: connection refused or lost, or a time limit passed."""


class ApiStatusError(SuperviselyError):
    """The server answered with a status from 400 on.

    Attributes:
        status: HTTP status.
        error: what the server calls it, empty if it says nothing.
        details: particulars as the server gave them, None if it gave none.
    """

    def __init__(self, message: str = "", *, status: int = 0, error: str = "", details: object = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.details = details


class ApiAnswerError(SuperviselyError):
    """The answer does not fit the API, or the bytes are not those that were promised."""


class ApiClosedError(SuperviselyError, ValueError):
    """The Api was closed before this call; nothing was sent."""


class LibraryMissingError(SuperviselyError, ImportError):
    """A library that only snapshots need is not installed."""


class VersionError(SuperviselyError, RuntimeError):
    """A version could not be made, changed, restored or found."""


class ReservationBusyError(VersionError):
    """Somebody else is making a version of the project, and did not end while this call waited."""


class VersionMapError(VersionError):
    """`versions.json` in the team files cannot be used. `DataVersion.repair_map` makes it anew."""


class SnapshotError(SuperviselyError, RuntimeError):
    """An archive of a version is damaged, hostile, or passes a limit."""


class UnsupportedSnapshotError(SnapshotError, ValueError):
    """A type of project or a format of snapshot that is not read or written here; the message has the way out."""
