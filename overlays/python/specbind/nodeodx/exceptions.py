"""What can go wrong with a node.

    GenericError
    ├── NodeServerError         the node, or a proxy before it, answered in a way that was not expected
    ├── NodeConnectionError     no answer: connection, time limit, an answer cut short
    ├── NodeResponseError       the node says no
    ├── TaskFailedError         a task ended as FAILED or CANCELED
    └── RangeNotAvailableError  a download in ranges was asked for and is not to be had

The error of the layer below, with status, headers and body, is the `__cause__` of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .types import TaskInfo, TaskStatus

__all__ = [
    "GenericError",
    "NodeConnectionError",
    "NodeResponseError",
    "NodeServerError",
    "RangeNotAvailableError",
    "TaskFailedError",
]


class GenericError(Exception):
    """Base of all errors of this package."""


class NodeServerError(GenericError):
    """The node answered in a way that was not expected; often this passes."""


class NodeConnectionError(GenericError):
    """No whole answer came: connection refused or lost, or a time limit passed."""


class NodeResponseError(GenericError):
    """The node refused what was asked; the message is the node's own.

    `no_retry` is True when the node says that the same request can never succeed.
    """

    no_retry: bool = False

    def __init__(self, *args: object, no_retry: bool = False) -> None:
        super().__init__(*args)
        self.no_retry = no_retry


class TaskFailedError(GenericError):
    """A task ended as FAILED or CANCELED.

    `status` is how it ended, `info` its state at that time.
    """

    status: TaskStatus | None = None
    info: TaskInfo | None = None

    def __init__(self, *args: object, status: TaskStatus | None = None, info: TaskInfo | None = None) -> None:
        super().__init__(*args)
        self.status = status
        self.info = info


class RangeNotAvailableError(GenericError):
    """A download in ranges was asked for, and the node sends whole files only."""
