"""The emulated node: the generated server skeleton with tasks behind it."""

from __future__ import annotations

import asyncio
import html
import itertools
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

import msgspec
from aiohttp import web
from msgspec import UNSET

from specbind.bindings._runtime import File
from specbind.bindings._runtime.server import Rejection
from specbind.bindings.nodeodx import Server, models
from specbind.core import arguments
from specbind.emulators.faults import DOWNLOAD_FAULTS
from specbind.emulators.serving import hand_out

from . import webhook
from .answers import JSON, failure, read_options, read_settings
from .engine import Engine, Job, Settings, too_many
from .faults import Faults, call_of
from .options import OPTIONS
from .parts import Parts, UnexpectedFieldError, images_of, loose, parts_of, settings_of
from .uploads import Uploads, store
from .webhook import webhook_url
from .zipurl import ZipUrlError, fetch_zip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msgspec import UnsetType

    from specbind.bindings._runtime.operation import Operation
    from specbind.bindings._runtime.server import BadRequest, Content
    from specbind.emulators.faults import Serve

    from .uploads import Upload

__all__ = ["VERSION", "NodeOdx"]

VERSION = "2.3.0"
_MEMORY = 8 << 30

_READERS = {"init_task": "read_init", "upload_images": "read_upload", "create_task": "read_new"}

T = TypeVar("T")


class NodeOdx(Server):
    """A node that makes archives without looking at the images.

    Args:
        token: token that calls must bear; empty for none.
        speed: 1 lets a task take about ten seconds; 10 takes a tenth of that.
        max_images: images that a task may have, None for no limit.
        parallel_tasks: tasks that run at the same time.
        version: version of the API that the node says it has.
        ranges: hand out archives by ranges and with a strong ETag, as a proxy or a cloud does.
        webhook: URL that is told of every task that has ended, empty for none.
        faults: faults to play; see `faults`.

    Raises:
        TypeError: an argument is of another type; the message names it.
        ValueError: `speed` is not above 0, `max_images` or `parallel_tasks` less than 1, `webhook` no URL of http or
            https, or `faults` cannot be read.
    """

    endpoints = tuple(
        loose(endpoint, _READERS[endpoint.name]) if endpoint.name in _READERS else endpoint
        for endpoint in Server.endpoints
    )

    def __init__(
        self,
        *,
        token: str = "",
        speed: float = 1.0,
        max_images: int | None = None,
        parallel_tasks: int = 1,
        version: str = VERSION,
        ranges: bool = False,
        webhook: str = "",
        faults: str = "",
    ) -> None:
        super().__init__()
        self.token = arguments.text("token", token)
        self.speed = arguments.number("speed", speed, unit="times", positive=True)
        self.version = arguments.text("version", version)
        self.ranges = ranges
        self.webhook = webhook_url(arguments.text("webhook", webhook))
        self.faults = Faults(arguments.text("faults", faults))
        if max_images is not None:
            arguments.whole("max_images", max_images, least=1)
        arguments.whole("parallel_tasks", parallel_tasks, least=1)
        self._folder = tempfile.TemporaryDirectory(prefix="nodeodx-emulator-", ignore_cleanup_errors=True)
        root = Path(self._folder.name)
        self._uploads = Uploads(root / "uploads")
        self.engine = Engine(
            root / "tasks", speed=speed, max_images=max_images, parallel=parallel_tasks, ended=self._announce
        )
        self._posts: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)

    async def close(self) -> None:
        """Stop all tasks and delete all files."""
        for task in self._posts:
            task.cancel()
        await asyncio.gather(*self._posts, return_exceptions=True)
        await self.engine.close()
        self._folder.cleanup()

    # --- hooks of the skeleton

    async def authenticate(self, operation: Operation[Any], credentials: Mapping[str, str]) -> None:
        """Compare the token, where there is one."""
        if self.token and ("token",) in operation.security and credentials.get("token") != self.token:
            raise failure("Invalid authentication token: token does not match.")

    async def reject(self, problem: BadRequest) -> Rejection:
        """Say what is wrong with a request that does not fit."""
        match problem.operation.id:
            case "initTask" | "uploadImages" | "createTask" if problem.status == 415:
                return await self._without_parts(problem.operation.id)
            case "cancelTask" | "removeTask" | "restartTask":
                return failure("uuid param missing.")
            case _:
                return failure(problem.message)

    async def _without_parts(self, operation: str) -> Rejection:
        """A node reads multipart only; what comes otherwise is as good as nothing."""
        if operation == "initTask":
            return Rejection(200, await self.read_init(), JSON)
        if operation == "uploadImages":
            return failure("Need at least 1 file.", no_retry=True)
        return failure("Need at least 1 file or a zip file url.")

    async def miss(self, method: str, path: str, allowed: Sequence[str]) -> Rejection:  # noqa: ARG002 - no 405 on nodes
        """Answer as the node's web framework does where there is no route."""
        page = f"<!DOCTYPE html><html><body><pre>Cannot {html.escape(method)} {html.escape(path)}</pre></body></html>"
        return Rejection(404, page, {"Content-Type": "text/html; charset=utf-8"})

    def application(self, *, base_path: str | None = None) -> web.Application:
        """The aiohttp application."""
        application = super().application(base_path=base_path)
        application.on_response_prepare.append(_with_headers)
        application.middlewares.append(self._serve)
        return application

    @web.middleware
    async def _serve(self, request: web.Request, handler: Serve) -> web.StreamResponse:
        """Play a fault, or hand out an archive, or let the skeleton answer."""
        call = call_of(request.method, request.raw_path.partition("?")[0])
        fault = self.faults.take(call)
        if fault is not None and fault.kind not in DOWNLOAD_FAULTS:
            return await self.faults.play(fault, request, handler)
        archive = self._archive(request) if call == "download" else None
        if archive is None:
            return await handler(request)
        return await hand_out(request, archive, ranges=self.ranges, fault=fault)

    def _archive(self, request: web.Request) -> Path | None:
        """The archive that a request may have; None leaves the refusal to the skeleton."""
        *_, uuid, _, asset = ["", "", *request.raw_path.partition("?")[0].split("/")]
        job = self.engine.jobs.get(unquote(uuid))
        allowed = not self.token or request.query.get("token") == self.token
        if job is None or not allowed or asset != "all.zip" or not job.archive.exists():
            return None
        return job.archive

    # --- the node

    async def get_node_info(self) -> models.NodeInfo:
        """What the node is and how busy it is."""
        return models.NodeInfo(
            version=self.version,
            task_queue_count=self.engine.busy,
            total_memory=_MEMORY,
            available_memory=_MEMORY // 2,
            cpu_cores=os.cpu_count() or 1,
            max_images=self.engine.max_images,
            max_parallel_tasks=self.engine.parallel,
            engine_version="3.5.5",
            engine="odx",
        )

    async def get_options(self) -> list[models.Option]:
        """Options of the engine."""
        return list(OPTIONS)

    async def get_login_information(self) -> models.LoginInformation:
        """There is no login."""
        message = "This node has no authentication service. Ask its operator for a token."
        return models.LoginInformation(message=message, login_url=None, register_url=None)

    async def login(self, *, body: models.Credentials) -> models.TokenGrant:  # noqa: ARG002 - nobody can log in
        """There is no login."""
        raise failure("Not available")

    async def register(self, *, body: models.Credentials) -> models.Outcome:  # noqa: ARG002 - as above
        """There is no registration."""
        raise failure("Not available")

    # --- creating tasks

    async def read_init(
        self, *, set_uuid: str | UnsetType = UNSET, body: Parts | UnsetType = UNSET
    ) -> models.TaskReference:
        """Read the parts of a request that begins an upload."""
        parts = parts_of(body)
        if any(isinstance(value, File) for values in parts.values() for value in values):
            raise failure("Unexpected field")
        return await self.init_task(set_uuid=set_uuid, body=settings_of(parts))

    async def read_upload(self, uuid: str, *, body: Parts | UnsetType = UNSET) -> models.Outcome:
        """Read the parts of an upload."""
        return await self.upload_images(uuid, body=models.ImageUpload(images=_images(parts_of(body))))

    async def read_new(
        self, *, set_uuid: str | UnsetType = UNSET, body: Parts | UnsetType = UNSET
    ) -> models.TaskReference:
        """Read the parts of a task that comes as one request."""
        parts = parts_of(body)
        task = models.NewTask(images=_images(parts), **msgspec.structs.asdict(settings_of(parts)))
        if "zipurl" in parts:
            task.zipurl = str(parts["zipurl"][-1])
        return await self.create_task(set_uuid=set_uuid, body=task)

    async def init_task(self, *, set_uuid: str | UnsetType = UNSET, body: models.TaskSettings) -> models.TaskReference:
        """Begin an upload."""
        return models.TaskReference(uuid=self._begin(set_uuid, body))

    async def upload_images(self, uuid: str, *, body: models.ImageUpload) -> models.Outcome:
        """Add files to an upload."""
        upload = self._uploads.get(uuid)
        if upload is None:
            raise failure("Invalid uuid (not found)")
        if not body.images:
            raise failure("Need at least 1 file.", no_retry=True)
        await store(body.images, upload.folder)
        return models.Outcome(success=True)

    async def commit_task(self, uuid: str) -> models.TaskReference:
        """Make a task of an upload."""
        upload = self._uploads.take(uuid)
        if upload is None:
            raise failure("Invalid uuid (not found)")
        if not any(upload.folder.iterdir()):
            self._uploads.drop(upload)
            raise failure("Need at least 1 file.")
        self._submit(uuid, upload.settings, upload.folder)
        return models.TaskReference(uuid=uuid)

    async def create_task(self, *, set_uuid: str | UnsetType = UNSET, body: models.NewTask) -> models.TaskReference:
        """Make a task of one request."""
        images = [] if body.images is UNSET else body.images
        zipurl = "" if body.zipurl is UNSET else body.zipurl
        if not images and not zipurl:
            raise failure("Need at least 1 file or a zip file url.")
        limit = self.engine.max_images
        if limit is not None and len(images) > limit:
            raise failure(too_many(len(images), limit))
        uuid = self._begin(set_uuid, body)
        upload = self._uploads.take(uuid)
        if upload is None:
            raise failure("Invalid uuid (not found)")
        await store(images, upload.folder)
        if zipurl:
            await self._add_zip(zipurl, upload)
        self._submit(uuid, upload.settings, upload.folder)
        return models.TaskReference(uuid=uuid)

    async def _add_zip(self, url: str, upload: Upload) -> None:
        try:
            await fetch_zip(url, upload.folder)
        except ZipUrlError as error:
            self._uploads.drop(upload)
            raise failure(f"Cannot fetch zipurl: {error}") from error
        if not any(upload.folder.iterdir()):
            self._uploads.drop(upload)
            raise failure("Need at least 1 file or a zip file url.")

    # --- tasks

    async def list_tasks(self) -> list[models.TaskReference]:
        """All tasks."""
        return [models.TaskReference(uuid=uuid) for uuid in self.engine.jobs]

    async def get_task_info(self, uuid: str, *, with_output: int | UnsetType = UNSET) -> models.TaskInfo:
        """State of a task."""
        return self._job(uuid).state(_or_none(with_output))

    async def get_task_output(self, uuid: str, *, line: int | UnsetType = UNSET) -> list[str]:
        """Console output of a task."""
        return self._job(uuid).output[0 if line is UNSET else line :]

    async def download_asset(self, uuid: str, asset: str) -> Content:
        """Say why there is no archive: one that is there is handed out before this is asked."""
        self._job(uuid)
        raise failure("Asset not ready" if asset == "all.zip" else "Invalid asset")

    async def cancel_task(self, *, body: models.TaskReference) -> models.Outcome:
        """Cancel a task."""
        self.engine.cancel(self._job(body.uuid, success=False))
        return models.Outcome(success=True)

    async def remove_task(self, *, body: models.TaskReference) -> models.Outcome:
        """Remove a task."""
        self.engine.remove(self._job(body.uuid, success=False))
        return models.Outcome(success=True)

    async def restart_task(self, *, body: models.RestartRequest) -> models.Outcome:
        """Run a task again."""
        job = self._job(body.uuid, success=False)
        options = None
        if body.options is not UNSET:
            options = read_options(body.options)
        if not self.engine.restart(job, options):
            raise failure("Task cannot be restarted", success=False)
        return models.Outcome(success=True)

    # --- parts

    def _begin(self, set_uuid: str | UnsetType, body: models.TaskSettings | models.NewTask) -> str:
        settings = read_settings(body)
        try:
            return self._uploads.begin(settings, _or_none(set_uuid), self.engine.jobs)
        except ValueError as error:
            raise failure(f"Invalid set-uuid: {error}") from None

    def _submit(self, uuid: str, settings: Settings, uploaded: Path) -> None:
        folder = self.engine.folder / f"{uuid}-{next(self._numbers)}"  # a removed task of that name may still be there
        self.engine.submit(Job(uuid=uuid, folder=folder, settings=settings), uploaded)

    def _job(self, uuid: str, *, success: bool | UnsetType = UNSET) -> Job:
        job = self.engine.jobs.get(uuid)
        if job is None:
            raise failure(f"{uuid} not found", success=success)
        return job

    def _announce(self, job: Job) -> None:
        for url in (job.settings.webhook, self.webhook):
            if url:
                task = asyncio.create_task(webhook.post(url, job.report(), speed=self.speed))
                self._posts.add(task)
                task.add_done_callback(self._posts.discard)


async def _with_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Write two headers in the very words of a node."""
    if response.content_type == "application/json":
        response.headers.update(JSON)
    elif response.content_type == "application/zip":
        response.headers["Content-Disposition"] = f"attachment; filename={request.path.rpartition('/')[2]}"


def _images(parts: Parts) -> list[File]:
    try:
        return images_of(parts)
    except UnexpectedFieldError:
        raise failure("Unexpected field") from None


def _or_none(value: T | UnsetType) -> T | None:
    return None if value is UNSET else value
