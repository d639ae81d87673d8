"""The emulated server: the generated skeleton over a world of entities."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from aiohttp import web
from msgspec import UNSET

from specbind.bindings._runtime import File
from specbind.bindings.supervisely import Server, models
from specbind.core import arguments
from specbind.emulators.faults import DOWNLOAD_FAULTS, Faults
from specbind.emulators.serving import hand_out

from .content import ALPHA, Content
from .storage import Storage
from .versions import Versions
from .world import World, page_of, refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from specbind.bindings._runtime.operation import Operation
    from specbind.bindings._runtime.server import BadRequest, Rejection
    from specbind.bindings._runtime.server import Content as Bytes

    Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]

__all__ = ["VERSION", "Supervisely"]

VERSION = "6.15.0"
_DOWNLOAD = "file-storage.download"
_STORED = "/storage/"
T = TypeVar("T")


def _plain(value: object) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(value)
    return found


class Supervisely(Server):
    """A server with one team, one workspace and no projects.

    Args:
        token: key that calls must bear; empty for none.
        ranges: hand out files by ranges and with a strong ETag.
        faults: faults to play, by the names of calls; see `specbind.emulators.faults`.
        storage: address before the paths of `fullStorageUrl`; by default the server itself hands them out.
        checksums: tell the checksum of a file with its bytes.
        reorder: give classes and tags in another order than they came.

    Raises:
        TypeError: an argument is of another type; the message names it.
        ValueError: `faults` cannot be read.
    """

    largest_body = 256 << 20

    def __init__(
        self,
        *,
        token: str = "",
        ranges: bool = False,
        faults: str = "",
        storage: str = "",
        checksums: bool = True,
        reorder: bool = False,
    ) -> None:
        super().__init__()
        self.token = arguments.text("token", token)
        self.ranges = ranges
        self.checksums = checksums
        self.reorder = reorder
        self.storage_url = storage
        calls = [str(endpoint.operation.path[0]).removeprefix("/") for endpoint in self.endpoints]
        self.faults = Faults(arguments.text("faults", faults), calls, _DOWNLOAD)
        self.calls: list[str] = []
        self.world = World()
        self.storage = Storage(self.world)
        self.content = Content(self.world)
        self.version_list = Versions(self.world)
        self._origin = ""

    def close(self) -> None:
        """Delete all files."""
        self.storage.close()

    # --- hooks of the skeleton

    async def authenticate(self, operation: Operation[Any], credentials: Mapping[str, str]) -> None:
        """Compare the key, where there is one."""
        if self.token and operation.security and credentials.get("apiKey") != self.token:
            raise refusal(401, "Unauthorized", {"message": "the key is missing or wrong"})

    async def reject(self, problem: BadRequest) -> Rejection:
        """Say what is wrong with a request that does not fit."""
        return refusal(problem.status, "Bad request", {"message": problem.message})

    def application(self, *, base_path: str | None = None) -> web.Application:
        """The aiohttp application."""
        application = super().application(base_path=base_path)
        application.middlewares.append(self._serve)
        return application

    @web.middleware
    async def _serve(self, request: web.Request, handler: Serve) -> web.StreamResponse:
        """Play a fault, or hand out a file, or let the skeleton answer."""
        self._origin = f"{request.scheme}://{request.host}"
        call = request.path.rpartition("/")[2]
        self.calls.append(call)
        fault = self.faults.take(call)
        if fault is not None and fault.kind not in DOWNLOAD_FAULTS:
            return await self.faults.play(fault, request, handler)
        entity = await self._wanted(request)
        if entity is None:
            return await handler(request)
        headers = {"X-Content-Checksum-Sha256": entity["hash"]} if self.checksums else {}
        path, media = self.storage.content(entity["id"]), entity["meta"]["mime"]
        return await hand_out(request, path, ranges=self.ranges, fault=fault, media=media, headers=headers)

    async def _wanted(self, request: web.Request) -> dict[str, Any] | None:
        """The file that a request may have; None leaves the refusal to the skeleton."""
        if self.token and request.headers.get("x-api-key") != self.token:
            return None
        if request.method == "GET" and request.path.startswith(_STORED):
            number = request.path.removeprefix(_STORED)
            return next(iter(self.world.find("file", id=int(number))), None) if number.isdecimal() else None
        if request.method != "POST" or not request.path.endswith(f"/{_DOWNLOAD}"):
            return None
        try:
            asked = json.loads(await request.read())
            return next(iter(self.world.find("file", teamId=asked["teamId"], path=asked["path"])), None)
        except (ValueError, KeyError, TypeError):
            return None

    # --- the parts

    def _page(self, kind: str, body: object, page: type[T], **members: object) -> T:
        return msgspec.convert(page_of(self.world.find(kind, **members), _plain(body)), page)

    async def get_instance_version(self, *, body: models.Nothing) -> models.InstanceVersion:  # noqa: ARG002 - of the skeleton
        """Version of the server."""
        return models.InstanceVersion(version=VERSION)

    async def list_teams(self, *, body: models.Listing) -> models.TeamPage:
        """Teams."""
        return self._page("team", body, models.TeamPage)

    async def get_team(self, *, body: models.ById) -> models.Team:
        """A team."""
        return msgspec.convert(self.world.get("team", body.id), models.Team)

    async def list_workspaces(self, *, body: models.WorkspaceListing) -> models.WorkspacePage:
        """Workspaces."""
        return self._page("workspace", body, models.WorkspacePage, teamId=body.team_id)

    async def get_workspace(self, *, body: models.ById) -> models.Workspace:
        """A workspace."""
        return msgspec.convert(self.world.get("workspace", body.id), models.Workspace)

    async def add_workspace(self, *, body: models.NewWorkspace) -> models.Workspace:
        """Make a workspace."""
        self.world.get("team", body.team_id)
        return msgspec.convert(self.world.add("workspace", {"hidden": False, **_plain(body)}), models.Workspace)

    async def set_workspace_visibility(self, *, body: models.WorkspaceVisibility) -> models.Outcome:
        """Hide a workspace."""
        self.world.get("workspace", body.id)["hidden"] = body.hidden
        return models.Outcome(success=True)

    async def list_projects(self, *, body: models.ProjectListing) -> models.ProjectPage:
        """Projects."""
        members: dict[str, object] = {}
        if body.workspace_id is not UNSET:
            members["workspaceId"] = body.workspace_id
        if body.group_id is not UNSET:
            members["teamId"] = body.group_id
        return self._page("project", body, models.ProjectPage, **members)

    async def get_project(self, *, body: models.ById) -> models.Project:
        """A project."""
        return msgspec.convert(self.world.get("project", body.id), models.Project)

    async def add_project(self, *, body: models.NewProject) -> models.Project:
        """Make a project."""
        workspace = self.world.get("workspace", body.workspace_id)
        if self.world.find("project", workspaceId=workspace["id"], name=body.name):
            raise refusal(400, "Bad request", {"message": "a project of this name is there already"})
        values: dict[str, Any] = {
            "type": "images",
            "description": "",
            "readme": "",
            "customData": {},
            "settings": {},
            "imagesCount": 0,
            "datasetsCount": 0,
            "size": "0",
            "teamId": workspace["teamId"],
            "version": None,
            "meta": {"classes": [], "tags": []},
        }
        made = self.world.add("project", {**values, **_plain(body)})
        return msgspec.convert(made, models.Project)

    async def edit_project(self, *, body: models.ProjectEdit) -> models.Project:
        """Change a project."""
        changes = _plain(body)
        silent = changes.pop("silent", False)
        project = self.world.get("project", changes.pop("id"))
        project.update(changes)
        if not silent:
            self.world.touch(project["id"])
        return msgspec.convert(project, models.Project)

    async def get_project_meta(self, *, body: models.ById) -> models.ProjectMeta:
        """Classes and tags."""
        return msgspec.convert(self.world.get("project", body.id)["meta"], models.ProjectMeta)

    async def update_project_meta(self, *, body: models.MetaUpdate) -> models.ProjectMeta:
        """Set classes and tags; those of a known name keep their id."""
        project = self.world.get("project", body.id)
        for part, key in (("classes", "title"), ("tags", "name")):
            ids = {entry[key]: entry["id"] for entry in project["meta"][part]}
            wanted: list[dict[str, Any]] = list(getattr(body.meta, part))
            named = [{**entry, "id": ids.get(entry.get(key)) or self.world.number()} for entry in wanted]
            project["meta"][part] = named[::-1] if self.reorder else named
        self.world.touch(body.id)
        return msgspec.convert(project["meta"], models.ProjectMeta)

    async def update_project_settings(self, *, body: models.SettingsUpdate) -> dict[str, Any]:
        """Set settings."""
        project = self.world.get("project", body.id)
        project["settings"] = {**project["settings"], **_plain(body)["settings"]}
        return dict(project["settings"])

    async def list_versions(self, *, body: models.VersionListing) -> models.VersionPage:
        """Versions."""
        self.world.get("project", body.project_id)
        return self._page("version", body, models.VersionPage, projectId=body.project_id)

    async def reserve_version(self, *, body: models.ProjectReference) -> models.Reservation:
        """Begin a version."""
        return msgspec.convert(self.version_list.reserve(body.project_id), models.Reservation)

    async def commit_version(self, *, body: models.VersionCommit) -> models.Outcome:
        """Finish a version."""
        self.version_list.commit(_plain(body))
        return models.Outcome(success=True)

    async def cancel_reservation(self, *, body: models.VersionCancel) -> models.Outcome:
        """Give up a version."""
        self.version_list.cancel(body.id, body.commit_token)
        return models.Outcome(success=True)

    async def update_version(self, *, body: models.VersionUpdate) -> models.Outcome:
        """Change what is told of a version."""
        self.version_list.update(_plain(body))
        return models.Outcome(success=True)

    async def list_datasets(self, *, body: models.DatasetListing) -> models.DatasetPage:
        """Datasets; without `recursive` those at the top."""
        members: dict[str, object] = {"projectId": body.project_id}
        if body.recursive is not True:
            members["parentId"] = None
        found = self._page("dataset", body, models.DatasetPage, **members)
        if body.extra_fields is UNSET or "customData" not in body.extra_fields:
            for dataset in found.entities:
                dataset.custom_data = UNSET
        return found

    async def get_dataset(self, *, body: models.ById) -> models.Dataset:
        """A dataset."""
        return msgspec.convert(self.world.get("dataset", body.id), models.Dataset)

    async def add_dataset(self, *, body: models.NewDataset) -> models.Dataset:
        """Make a dataset."""
        return msgspec.convert(self.content.add_dataset(_plain(body)), models.Dataset)

    async def list_images(self, *, body: models.ImageListing) -> models.ImagePage:
        """Images."""
        members = {name: _plain(body).get(name) for name in ("datasetId", "projectId")}
        return self._page("image", body, models.ImagePage, **{name: each for name, each in members.items() if each})

    async def add_images(self, *, body: models.NewImages) -> list[models.Image]:
        """Add images."""
        return msgspec.convert(self.content.add_images(_plain(body)), list[models.Image])

    async def list_known_hashes(self, *, body: list[str]) -> list[str]:
        """Hashes whose bytes are there."""
        return [digest for digest in body if digest in self.world.stored]

    async def upload_images(self, *, body: Mapping[str, Any]) -> list[models.StoredImage]:
        """Keep the bytes of images."""
        files: list[File] = list(body.values())
        return [models.StoredImage(hash=self.content.store(await file.read())) for file in files]

    async def list_annotations(self, *, body: models.AnnotationListing) -> list[models.Annotation]:
        """Annotations with the tags of their figures."""
        labels: dict[int, list[dict[str, Any]]] = {number: [] for number in body.image_ids}
        for figure in self.world.find("figure", datasetId=body.dataset_id):
            if figure["entityId"] in labels:
                labels[figure["entityId"]].append({"id": figure["id"], "tags": figure["tags"]})
        entries = [{"imageId": number, "annotation": {"objects": found}} for number, found in labels.items()]
        return msgspec.convert(entries, list[models.Annotation])

    async def list_figures(self, *, body: models.FigureListing) -> models.FigurePage:
        """Figures."""
        return msgspec.convert(page_of(self.content.figures(_plain(body)), _plain(body)), models.FigurePage)

    async def add_figures(self, *, body: models.NewFigures) -> list[models.Added]:
        """Add figures."""
        return [models.Added(id=figure["id"]) for figure in self.content.add_figures(_plain(body))]

    async def download_geometries(self, *, body: models.Ids) -> Bytes:
        """Masks, as parts of a multipart body."""
        boundary = secrets.token_hex(16)
        pieces: list[bytes] = []
        for number in body.ids:
            figure = self.world.get("figure", number)
            if figure["geometryType"] != ALPHA:
                raise refusal(400, "Bad request", {"message": f"figure {number} is no alpha mask"})
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{number}"\r\n'
            kind = "Content-Type: application/json\r\n\r\n"
            pieces += [f"{head}{kind}".encode(), msgspec.json.encode(figure["geometry"]), b"\r\n"]
        pieces.append(f"--{boundary}--\r\n".encode())
        return File(b"".join(pieces), content_type=f"multipart/form-data; boundary={boundary}")

    async def upload_geometries(self, *, body: models.GeometryUpload) -> None:
        """Set masks."""
        for number, geometry in zip(body.figure_id, body.geometry, strict=True):
            content = geometry if isinstance(geometry, bytes) else await geometry.read()
            self.content.set_mask(int(number), msgspec.json.decode(content))

    async def add_figure_tags(self, *, body: models.NewFigureTags) -> list[models.Added]:
        """Tag figures."""
        entries = [(tag.figure_id, _plain(tag)) for tag in body.tags]
        made = [self.content.tag("figure", owner, body.project_id, entry) for owner, entry in entries]
        return [models.Added(id=tag["id"]) for tag in made]

    async def add_image_tags(self, *, body: models.NewImageTags) -> list[models.Added]:
        """Tag images."""
        entries = [(tag.entity_id, _plain(tag)) for tag in body.tags]
        made = [self.content.tag("image", owner, body.project_id, entry) for owner, entry in entries]
        return [models.Added(id=tag["id"]) for tag in made]

    # --- team files

    def _file(self, entity: dict[str, Any]) -> models.TeamFile:
        address = f"{self.storage_url or self._origin}{_STORED}{entity['id']}"
        return msgspec.convert({**entity, "fullStorageUrl": address}, models.TeamFile)

    async def list_files(self, *, body: models.FileListing) -> list[models.TeamFile]:
        """Files."""
        found = self.storage.below(body.team_id, body.path, recursive=body.recursive is not False)
        return [self._file(entity) for entity in found]

    async def get_file(self, *, body: models.ById) -> models.TeamFile:
        """A file."""
        return self._file(self.world.get("file", body.id))

    async def upload_file(self, *, team_id: int, path: str, body: bytes | File) -> models.TeamFile:
        """Keep a file."""
        return self._file(await self.storage.put(team_id, path, body if isinstance(body, File) else File(body)))

    async def upload_files(self, *, team_id: int, body: models.FileUpload) -> list[models.TeamFile]:
        """Keep files."""
        found: list[models.TeamFile] = []
        for name, folder, file in zip(body.name, body.path, body.file, strict=True):
            found.append(self._file(await self.storage.put(team_id, f"{folder.rstrip('/')}/{name}", file)))
        return found

    async def download_file(self, *, body: models.FileReference) -> Bytes:
        """Say that there is no such file: one that is there is handed out before this is asked."""
        self.storage.named(body.team_id, body.path)
        raise refusal(404, "File not found")

    async def remove_file(self, *, body: models.FileReference) -> None:
        """Delete a file."""
        self.storage.remove(body.team_id, body.path)
