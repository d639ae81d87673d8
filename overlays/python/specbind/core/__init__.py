"""The mechanisms that all overlays share: retries, transfers, polling, pages, progress.

Names are loaded on first use. The errors are drawn in `errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "ArchiveError",
    "ArchiveLimits",
    "Backoff",
    "BrokenArchiveError",
    "ChangedDuringTransferError",
    "Digest",
    "DigestMismatchError",
    "ForeignPageError",
    "Interval",
    "LocalFile",
    "NotEnoughSpaceError",
    "PageError",
    "PageLoopError",
    "Pages",
    "PollTimeoutError",
    "Progress",
    "ProgressBar",
    "Ranges",
    "Retry",
    "RetryBudget",
    "RetryPolicy",
    "TransferError",
    "TruncatedDownloadError",
    "UnexpectedReplyError",
    "UnsafeArchiveError",
    "cursor_pages",
    "declared",
    "disposition_filename",
    "download_file",
    "linear",
    "link_pages",
    "next_link",
    "no_progress",
    "no_retry",
    "number_pages",
    "offset_pages",
    "percent",
    "poll",
    "progress_bar",
    "raise_if_cancelled",
    "safe_filename",
    "unzip",
    "upload_files",
    "url_filename",
    "whole_zip",
]

if TYPE_CHECKING:
    from .archive import ArchiveLimits as ArchiveLimits
    from .archive import unzip as unzip
    from .archive import whole_zip as whole_zip
    from .backoff import Backoff as Backoff
    from .backoff import linear as linear
    from .backoff import no_retry as no_retry
    from .digest import Digest as Digest
    from .download import declared as declared
    from .download import download_file as download_file
    from .errors import ArchiveError as ArchiveError
    from .errors import BrokenArchiveError as BrokenArchiveError
    from .errors import ChangedDuringTransferError as ChangedDuringTransferError
    from .errors import DigestMismatchError as DigestMismatchError
    from .errors import ForeignPageError as ForeignPageError
    from .errors import NotEnoughSpaceError as NotEnoughSpaceError
    from .errors import PageError as PageError
    from .errors import PageLoopError as PageLoopError
    from .errors import PollTimeoutError as PollTimeoutError
    from .errors import TransferError as TransferError
    from .errors import TruncatedDownloadError as TruncatedDownloadError
    from .errors import UnexpectedReplyError as UnexpectedReplyError
    from .errors import UnsafeArchiveError as UnsafeArchiveError
    from .filenames import disposition_filename as disposition_filename
    from .filenames import safe_filename as safe_filename
    from .filenames import url_filename as url_filename
    from .pages import Pages as Pages
    from .pages import cursor_pages as cursor_pages
    from .pages import link_pages as link_pages
    from .pages import next_link as next_link
    from .pages import number_pages as number_pages
    from .pages import offset_pages as offset_pages
    from .polling import Interval as Interval
    from .polling import poll as poll
    from .progress import Progress as Progress
    from .progress import ProgressBar as ProgressBar
    from .progress import no_progress as no_progress
    from .progress import percent as percent
    from .progress import progress_bar as progress_bar
    from .ranges import Ranges as Ranges
    from .retry import Retry as Retry
    from .retry import RetryBudget as RetryBudget
    from .retry import RetryPolicy as RetryPolicy
    from .tasks import raise_if_cancelled as raise_if_cancelled
    from .upload import LocalFile as LocalFile
    from .upload import upload_files as upload_files
else:
    from ._link import lazy

    __getattr__, __dir__ = lazy(
        __name__,
        {
            "ArchiveLimits": "archive",
            "unzip": "archive",
            "whole_zip": "archive",
            "Backoff": "backoff",
            "linear": "backoff",
            "no_retry": "backoff",
            "Digest": "digest",
            "declared": "download",
            "download_file": "download",
            **dict.fromkeys([name for name in __all__ if name.endswith("Error")], "errors"),
            "disposition_filename": "filenames",
            "safe_filename": "filenames",
            "url_filename": "filenames",
            "Pages": "pages",
            "cursor_pages": "pages",
            "link_pages": "pages",
            "next_link": "pages",
            "number_pages": "pages",
            "offset_pages": "pages",
            "Interval": "polling",
            "poll": "polling",
            "Progress": "progress",
            "ProgressBar": "progress",
            "no_progress": "progress",
            "percent": "progress",
            "progress_bar": "progress",
            "Ranges": "ranges",
            "Retry": "retry",
            "RetryBudget": "retry",
            "RetryPolicy": "retry",
            "raise_if_cancelled": "tasks",
            "LocalFile": "upload",
            "upload_files": "upload",
        },
    )
