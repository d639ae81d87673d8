"""NodeODX and NodeODM processing nodes.

    from specbind.nodeodx import Node

    with Node("localhost", 3000) as node:
        task = node.create_task(["one.jpg", "two.jpg"], {"dsm": True})
        task.wait_for_completion()
        task.download_assets("results")

The names, arguments and results are those of the official client; `specbind.nodeodx.aio` has the same, asynchronous.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "GenericError",
    "JsonResponse",
    "Node",
    "NodeConnectionError",
    "NodeInfo",
    "NodeOption",
    "NodeResponseError",
    "NodeServerError",
    "RangeNotAvailableError",
    "Task",
    "TaskFailedError",
    "TaskInfo",
    "TaskReport",
    "TaskStatus",
]

if TYPE_CHECKING:
    from .api import Node as Node
    from .api import Task as Task
    from .exceptions import GenericError as GenericError
    from .exceptions import NodeConnectionError as NodeConnectionError
    from .exceptions import NodeResponseError as NodeResponseError
    from .exceptions import NodeServerError as NodeServerError
    from .exceptions import RangeNotAvailableError as RangeNotAvailableError
    from .exceptions import TaskFailedError as TaskFailedError
    from .types import JsonResponse as JsonResponse
    from .types import NodeInfo as NodeInfo
    from .types import NodeOption as NodeOption
    from .types import TaskInfo as TaskInfo
    from .types import TaskReport as TaskReport
    from .types import TaskStatus as TaskStatus
else:
    from specbind.bindings._runtime.lazy import lazy

    _API = ("Node", "Task")
    _TYPES = ("JsonResponse", "NodeInfo", "NodeOption", "TaskInfo", "TaskReport", "TaskStatus")
    _EXCEPTIONS = tuple(name for name in __all__ if name.endswith("Error"))

    __getattr__, __dir__ = lazy(
        __name__,
        dict.fromkeys(_API, "api")
        | dict.fromkeys(_TYPES, "types")
        | dict.fromkeys(_EXCEPTIONS, "exceptions")
        | dict.fromkeys(("aio", "api", "exceptions", "types", "webhook"), ""),
    )
