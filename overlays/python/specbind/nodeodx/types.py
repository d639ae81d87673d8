"""Values that a node returns."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import UNSET

from specbind.bindings.nodeodx import models

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import UnsetType

__all__ = ["JsonResponse", "NodeInfo", "NodeOption", "TaskInfo", "TaskReport", "TaskStatus"]

T = TypeVar("T")
D = TypeVar("D")


class JsonResponse:
    """A value made from an answer; prints as the dict of its attributes, and equals its like."""

    def __str__(self) -> str:
        return str(self.__dict__)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.__dict__})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    __hash__ = None  # type: ignore[assignment]  # mutable, as the attributes are plain


class TaskStatus(Enum):
    """Stage of a task. A code that is none of these is kept: its name is `UNKNOWN_<code>`."""

    QUEUED = 10
    """Files are uploaded, the task waits for its turn."""
    RUNNING = 20
    """The task is being processed."""
    FAILED = 30
    """Processing failed; `TaskInfo.last_error` may say why."""
    COMPLETED = 40
    """Processing ended well; the assets can be downloaded."""
    CANCELED = 50
    """Somebody canceled the task."""

    @classmethod
    def _missing_(cls, value: object) -> TaskStatus | None:
        if not isinstance(value, int):
            return None
        status = object.__new__(cls)
        status._name_ = f"UNKNOWN_{value}"
        status._value_ = value
        return status

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TaskStatus) and self._value_ == other._value_

    def __hash__(self) -> int:
        return hash(self._value_)


class NodeInfo(JsonResponse):
    """What a node is and how busy it is."""

    version: str
    """Version of the API, `?` where the node does not say."""
    task_queue_count: int | None
    """Tasks that are queued or running."""
    total_memory: int | None
    """Memory of the machine, in bytes."""
    available_memory: int | None
    """Memory that is free at present, in bytes."""
    cpu_cores: int | None
    """Number of virtual processor cores."""
    max_images: int | None
    """Largest number of images of one task, None for no limit."""
    max_parallel_tasks: int | None
    """Number of tasks that run at the same time at most."""
    engine: str
    """Name of the engine in lower case, `?` where the node does not say."""
    engine_version: str
    """Version of the engine, `?` where the node does not say."""
    odm_version: str
    """Version of ODM on old nodes, else `?`."""

    def __init__(self, json: Mapping[str, Any] | models.NodeInfo) -> None:
        info = json if isinstance(json, models.NodeInfo) else msgspec.convert(json, models.NodeInfo)
        self.version = _or(info.version, "?")
        self.task_queue_count = _or(info.task_queue_count, None)
        self.total_memory = _or(info.total_memory, None)
        self.available_memory = _or(info.available_memory, None)
        self.cpu_cores = _or(info.cpu_cores, None)
        self.max_images = _or(info.max_images, None)
        self.max_parallel_tasks = _or(info.max_parallel_tasks, None)
        self.engine = _or(info.engine, "?")
        self.engine_version = _or(info.engine_version, "?")
        self.odm_version = _or(info.odm_version, "?")
        if self.engine_version == "?" and self.odm_version != "?":
            self.engine, self.engine_version = "odm", self.odm_version


class NodeOption(JsonResponse):
    """An option that a task can be given."""

    domain: str | list[str]
    """What the option takes: the list of values for type `enum`, else a text such as `float > 0.0`."""
    help: str
    """What the option does."""
    name: str
    """Name of the option."""
    value: str
    """Default, as text."""
    type: str
    """One of `int`, `float`, `string`, `bool` and `enum`."""

    def __init__(self, domain: str | list[str], help: str, name: str, value: str, type: str) -> None:
        self.domain = domain
        self.help = help
        self.name = name
        self.value = value
        self.type = type


class TaskInfo(JsonResponse):
    """State of one task."""

    uuid: str
    """Identifier of the task."""
    name: str
    """Name of the task, empty where it has none."""
    date_created: datetime
    """Creation time in UTC, without a time zone, in whole seconds."""
    processing_time: int
    """Milliseconds spent on processing, or -1 when there is nothing to say."""
    status: TaskStatus
    """Stage of the task."""
    last_error: str
    """Why the task failed, else empty."""
    options: list[dict[str, Any]]
    """Options of the task, each a dict with `name` and `value`."""
    images_count: int
    """Number of images, and of other files until the task is prepared."""
    progress: float
    """Estimated progress in percent, 0 to 100."""
    output: list[str]
    """Lines of console output; empty unless they were asked for."""

    def __init__(self, json: Mapping[str, Any] | models.TaskInfo | models.TaskReport) -> None:
        info = json if isinstance(json, models.TaskInfo | models.TaskReport) else msgspec.convert(json, models.TaskInfo)
        self.uuid = info.uuid
        self.name = _or(info.name, "")
        self.date_created = datetime(1970, 1, 1) + timedelta(seconds=info.date_created // 1000)  # noqa: DTZ001 - naive in the seed
        self.processing_time = info.processing_time
        self.status = TaskStatus(int(info.status.code))
        self.last_error = _or(info.status.error_message, "")
        self.options = [{"name": option.name, "value": option.value} for option in info.options]
        self.images_count = info.images_count
        self.progress = _or(info.progress, 0)
        self.output = [] if info.output is UNSET else info.output


class TaskReport(TaskInfo):
    """State of a task that has ended, as a node posts it to a webhook; `specbind.nodeodx.webhook` reads it."""

    images: list[dict[str, Any]]
    """What the engine knows about each image, such as `filename`, `width` and `latitude`; may be empty."""

    def __init__(self, json: Mapping[str, Any] | models.TaskReport) -> None:
        report = json if isinstance(json, models.TaskReport) else msgspec.convert(json, models.TaskReport)
        super().__init__(report)
        self.images = [] if report.images is UNSET else report.images


def _or(value: T | UnsetType, default: D) -> T | D:
    return default if value is UNSET else value
