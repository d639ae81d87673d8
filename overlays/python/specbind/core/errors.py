"""Errors of the mechanisms that all overlays share.

They stand in the one tree of the runtime, whose root is `Error`:

    Error
    ├── TransferError                     a transfer could not be finished
    │   ├── TruncatedDownloadError        the body ended too early (also a TruncatedError)
    │   ├── DigestMismatchError           the bytes are not those that the server, or the caller, named
    │   ├── ChangedDuringTransferError    the resource, or the local file, became another one meanwhile
    │   ├── UnexpectedReplyError          the answer cannot be the asked bytes: other status or range
    │   ├── NotEnoughSpaceError           the disk cannot hold the result
    │   └── ArchiveError                  an archive cannot be unpacked
    │       ├── BrokenArchiveError        not a whole archive: cut, damaged, encrypted or of another kind
    │       └── UnsafeArchiveError        unpacking would leave the folder, collide or fill the disk
    ├── PollTimeoutError                  the awaited state did not come in time (also a TimeoutError)
    └── PageError                         a listing cannot be followed
        ├── PageLoopError                 the same cursor came twice, or too many empty pages
        └── ForeignPageError              the next page lies on another origin
"""

from __future__ import annotations

from ._link import Error, TruncatedError

__all__ = [
    "ArchiveError",
    "BrokenArchiveError",
    "ChangedDuringTransferError",
    "DigestMismatchError",
    "ForeignPageError",
    "NotEnoughSpaceError",
    "PageError",
    "PageLoopError",
    "PollTimeoutError",
    "TransferError",
    "TruncatedDownloadError",
    "UnexpectedReplyError",
    "UnsafeArchiveError",
]


class TransferError(Error):
    """A transfer could not be finished. Nothing wrong stands under the final name."""


class TruncatedDownloadError(TransferError, TruncatedError):
    """The body was shorter than promised.

    Attributes:
        expected: bytes promised.
        received: bytes that came.
    """

    def __init__(self, message: str = "", *, expected: int = 0, received: int = 0) -> None:
        super().__init__(message)
        self.expected = expected
        self.received = received


class DigestMismatchError(TransferError):
    """The received bytes do not have the promised digest.

    Attributes:
        algorithm: name of the digest, for example `sha256`.
        expected: promised digest, hexadecimal.
        actual: digest of what was received, hexadecimal.
    """

    def __init__(self, message: str = "", *, algorithm: str = "", expected: str = "", actual: str = "") -> None:
        super().__init__(message)
        self.algorithm = algorithm
        self.expected = expected
        self.actual = actual


class ChangedDuringTransferError(TransferError):
    """The resource on the server, or the local file, became another one while it was transferred. Start again."""


class UnexpectedReplyError(TransferError):
    """The answer cannot be the bytes that were asked for: another status, another range, or an encoded body."""


class NotEnoughSpaceError(TransferError):
    """The disk cannot hold the result. Free some space, or choose another folder.

    Attributes:
        needed: bytes still to be written.
        free: bytes free for this user.
    """

    def __init__(self, message: str = "", *, needed: int = 0, free: int = 0) -> None:
        super().__init__(message)
        self.needed = needed
        self.free = free


class ArchiveError(TransferError):
    """An archive cannot be unpacked."""


class BrokenArchiveError(ArchiveError):
    """The file is not a whole archive: cut off, damaged, encrypted or of another kind."""


class UnsafeArchiveError(ArchiveError):
    """Unpacking was refused: an entry would leave the folder, collide with another one or pass a limit."""


class PollTimeoutError(Error, TimeoutError):
    """The awaited state did not come in time.

    Attributes:
        last: last value seen, None when there was none.
        waited: seconds waited.
    """

    def __init__(self, message: str = "", *, last: object = None, waited: float = 0.0) -> None:
        super().__init__(message)
        self.last = last
        self.waited = waited


class PageError(Error):
    """A listing cannot be followed to its end. The items given so far are right."""


class PageLoopError(PageError):
    """The server leads in a circle: the same cursor came twice, or too many empty pages in a row."""


class ForeignPageError(PageError):
    """The address of the next page lies on another origin, where the credentials must not go."""
