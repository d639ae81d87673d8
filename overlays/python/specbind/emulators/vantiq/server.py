"""The emulated server: the generated skeleton with records, documents and events behind it."""

from __future__ import annotations

import asyncio
import inspect
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from aiohttp import web
from msgspec import UNSET, UnsetType

from specbind.bindings._runtime import File
from specbind.bindings._runtime.narrowing import is_object
from specbind.bindings.vantiq import Server, models
from specbind.core import arguments

from .answers import refusal
from .documents import Documents
from .events import Hub
from .sessions import Caller, Sessions
from .store import Store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from specbind.bindings._runtime.operation import Operation
    from specbind.bindings._runtime.server import BadRequest, Content, Rejection

    Procedure: TypeAlias = Callable[[dict[str, Any]], object | Awaitable[object]]

__all__ = ["VantiqServer"]

_IDS = re.compile(r"(/api/v[^/]+/resources/(?:custom/)?[^/]+/|/docs/)(.+)")
_ENDS = re.compile(r"(/api/v[^/]+/resources/(?:sources|namespaces)/)(.+)(/query|/authorizedUsers)")
_SOCKET = re.compile(r"/api/v[^/]+/wsock/websocket")
_CONTENT = frozenset({"documents", "images", "videos"})
_UPLOAD = 4 << 30
_caller: ContextVar[Caller] = ContextVar("vantiq_caller")
_headers: ContextVar[dict[str, str]] = ContextVar("vantiq_headers")


class VantiqServer(Server):
    """A server that forgets everything at its end.

    Args:
        users: passwords by user; the first user may ask in the name of others.
        token: an access token of the first user, empty for none.
        lifetime: seconds that other tokens are good for; above 0.
        namespaces: names of the namespaces; the first is that of all users.
        procedures: procedures beside `echo`, `fail` and `sleep`: functions of the arguments, which may be asynchronous.

    Raises:
        TypeError: an argument is of another type.
        ValueError: there is no user or no namespace, or `lifetime` is not above 0.
    """

    largest_upload = _UPLOAD

    def __init__(
        self,
        *,
        users: Mapping[str, str] | None = None,
        token: str = "",
        lifetime: float = 3600,
        namespaces: Sequence[str] = ("emulated", "other"),
        procedures: Mapping[str, Procedure] | None = None,
    ) -> None:
        super().__init__()
        known = dict(users or {"admin": "secret"})
        if not all(known) or not all(known.values()) or not namespaces:
            raise ValueError("a server needs users with names and passwords, and a namespace")
        seconds = arguments.number("lifetime", lifetime, unit="seconds", positive=True)
        self.sessions = Sessions(known, namespaces[0], seconds)
        self.stores = {name: Store(name) for name in namespaces}
        self.documents = Documents()
        self.hub = Hub(self.sessions.caller, lambda _, namespace: namespace in self.stores)
        self._procedures: dict[str, Procedure] = {"echo": _echo, "fail": _fail, "sleep": _sleep, **(procedures or {})}
        first = next(iter(known))
        if token:
            self.sessions.give(first, token=token, lifetime=float("inf"))
        for store in self.stores.values():
            for user in known:
                store.insert(
                    "users", {"username": user, "preferredUsername": user}, custom=False, user=first, upsert=False
                )
            for name in namespaces:
                store.insert("namespaces", {"name": name}, custom=False, user=first, upsert=False)

    async def close(self) -> None:
        """Cut all websockets and delete all files."""
        self.hub.cut_all()
        self.documents.close()

    def application(self, *, base_path: str | None = None) -> web.Application:
        """The application: ids with slashes as one segment, and the websocket beside the skeleton."""
        application = super().application(base_path=base_path)
        application.middlewares.append(self._around)
        return application

    @web.middleware
    async def _around(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        path, mark, query = request.raw_path.partition("?")
        if _SOCKET.fullmatch(path):
            return await self.hub.serve(request)
        found = _ENDS.fullmatch(path) or _IDS.fullmatch(path)
        if found is not None and "/" in found[2]:
            ending = found[3] if found.re is _ENDS else ""
            path = f"{found[1]}{found[2].replace('/', '%2F')}{ending}"
            request = request.clone(rel_url=f"{path}{mark}{query}")
        _headers.set({})
        _asked.set(request.headers)
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_headers.get())
        return response

    # --- hooks of the skeleton

    async def authenticate(self, operation: Operation[Any], credentials: Mapping[str, str]) -> None:
        """Find out who asks."""
        if ("token",) in operation.security:
            caller = self.sessions.caller(credentials.get("token", ""))
            _caller.set(self.sessions.acting(caller, _asked.get(), self.stores))
        elif ("password",) in operation.security:
            user, _, password = credentials.get("password", "").partition(":")
            token = self.sessions.log_in(user, password)
            _caller.set(self.sessions.caller(token))
            _headers.get()["X-Emulated-Token"] = token

    async def reject(self, problem: BadRequest) -> Rejection:
        """Say what is wrong with a request that does not fit."""
        return refusal(problem.status, "io.vantiq.request.invalid", "The request does not fit: {0}", problem.message)

    async def fail(self, operation: Operation[Any], error: Exception) -> Rejection:  # noqa: ARG002 - as the base has it
        """Say that the emulator itself has failed."""
        return refusal(500, "io.vantiq.internal", "{0} failed within the emulator", operation.id)

    async def miss(self, method: str, path: str, allowed: Sequence[str]) -> Rejection:
        """Say that there is no such path."""
        status = 405 if allowed else 404
        return refusal(status, "io.vantiq.path.not.found", "There is no {0} {1}.", method, path)

    @property
    def _store(self) -> Store:
        return self.stores[_caller.get().namespace]

    def _tell(self, path: str, kind: str, value: object) -> None:
        self.hub.publish(_caller.get().namespace, path, kind, value)

    # --- tokens

    async def log_in(self) -> models.Grant:
        """Give the token of the password that was checked."""
        token = _headers.get().pop("X-Emulated-Token")
        return models.Grant(access_token=token, id_token=f"id-{_caller.get().user}")

    async def refresh(self, *, body: str) -> models.Grant:
        """Give a new token."""
        token = self.sessions.refresh(body)
        return models.Grant(access_token=token, id_token=f"id-{self.sessions.caller(token).user}")

    # --- records of types

    async def select_records(
        self,
        version: str,
        type: str,
        **query: Any,  # noqa: ANN401 - names of the skeleton
    ) -> list[models.Record]:
        """Records of a type."""
        _known(version)
        return self._select(type, query, custom=True)

    async def insert_record(self, version: str, type: str, *, body: Any, **query: Any) -> Any:  # noqa: ANN401 - as above
        """Add or change a record."""
        _known(version)
        return self._insert(type, body, upsert=query.get("upsert") is True, custom=True)

    async def delete_records(self, version: str, type: str, **query: Any) -> Any:  # noqa: ANN401 - as above
        """Delete records."""
        _known(version)
        return self._delete(type, query, custom=True)

    async def select_record(self, version: str, type: str, id: str, **_: Any) -> Any:  # noqa: ANN401 - as above
        """One record."""
        _known(version)
        return self._store.one(type, id, custom=True)

    async def update_record(self, version: str, type: str, id: str, *, body: Any, **_: Any) -> Any:  # noqa: ANN401 - as above
        """Change a record."""
        _known(version)
        return self._update(type, id, body, custom=True)

    async def delete_record(self, version: str, type: str, id: str, **_: Any) -> Any:  # noqa: ANN401 - as above
        """Delete a record."""
        _known(version)
        return self._delete_one(type, id, custom=True)

    # --- instances of system resources

    async def select_instances(self, version: str, resource: str, **query: Any) -> list[models.Record]:  # noqa: ANN401 - as above
        """Instances of a system resource."""
        _known(version)
        if resource == "subscriptions":
            found = self.hub.subscriptions()
            _headers.get()["X-Total-Count"] = str(len(found))
            return found
        return self._select(resource, query, custom=False)

    async def insert_instance(self, version: str, resource: str, *, body: object, **query: Any) -> Any:  # noqa: ANN401 - as above
        """Add an instance, or keep content."""
        _known(version)
        upsert = query.get("upsert") is True
        uploaded = self._uploaded(body)
        if uploaded is not None:
            return await self._keep(resource, uploaded)
        members = body if is_object(body) else {}
        if resource in _CONTENT and isinstance(members.get("content"), str):
            return await self._keep_text(resource, members)
        if resource == "tokens":
            return {**self._insert(resource, members, upsert=upsert, custom=False), "accessToken": self._new_token()}
        return self._insert(resource, members or body, upsert=upsert, custom=False)

    async def delete_instances(self, version: str, resource: str, **query: Any) -> Any:  # noqa: ANN401 - as above
        """Delete instances."""
        _known(version)
        return self._delete(resource, query, custom=False)

    async def select_instance(self, version: str, resource: str, id: str, **_: Any) -> Any:  # noqa: ANN401 - as above
        """One instance."""
        _known(version)
        return self._store.one(resource, id, custom=False)

    async def update_instance(self, version: str, resource: str, id: str, *, body: Any, **_: Any) -> Any:  # noqa: ANN401 - as above
        """Change an instance."""
        _known(version)
        return self._update(resource, id, body, custom=False)

    async def delete_instance(self, version: str, resource: str, id: str, **_: Any) -> Any:  # noqa: ANN401 - as above
        """Delete an instance."""
        _known(version)
        if resource == "subscriptions":
            if not self.hub.forget(id):
                raise refusal(404, "io.vantiq.resource.not.found", "The {0} {1} does not exist.", resource, id)
            return None
        return self._delete_one(resource, id, custom=False)

    async def get_namespace_users(self, version: str, namespace: str, **_: Any) -> list[models.NamespaceUser]:  # noqa: ANN401 - as above
        """Users of a namespace."""
        _known(version)
        store = self.stores.get(namespace)
        if store is None:
            raise refusal(404, "io.vantiq.resource.not.found", "The {0} {1} does not exist.", "namespace", namespace)
        users = store.table("users", custom=False).values()
        return [models.NamespaceUser(username=row["username"], preferred_username=row["username"]) for row in users]

    # --- calls

    async def execute(self, version: str, procedure: str, *, body: Any, **_: Any) -> Any:  # noqa: ANN401 - as above
        """Run a procedure."""
        _known(version)
        found = self._procedures.get(procedure)
        if found is None:
            raise refusal(404, "io.vantiq.procedure.not.found", "The procedure {0} does not exist.", procedure)
        result = found(Store.members(body))
        return await result if inspect.isawaitable(result) else result

    async def query(self, version: str, source: str, *, body: Any, **_: Any) -> Any:  # noqa: ANN401 - as above
        """Give back what a source is asked."""
        _known(version)
        self._store.one("sources", source, custom=False)
        return {"source": source, "query": body}

    async def publish(self, version: str, resource: str, id: str, *, body: Any, **_: Any) -> Any:  # noqa: ANN401 - as above
        """Send an event."""
        _known(version)
        if resource == "topics":
            self._tell(f"/topics/{id.removeprefix('/')}", "publish", body)
        elif resource == "sources":
            self._store.one("sources", id, custom=False)
            self._tell(f"/sources/{id}", "receive", body)
        elif resource == "services":
            self._store.one("services", id.partition("/")[0], custom=False)
            self._tell(f"/services/{id}", "publish", body)
        else:
            raise refusal(405, "io.vantiq.publish.invalid", "Nothing can be published to {0}.", resource)
        return {}

    async def download_document(self, document: str, *, range: str | UnsetType = UNSET) -> Content:  # noqa: ARG002 - the answer reads it
        """Content of a document."""
        return self.documents.give(_caller.get().namespace, document)

    # --- what both kinds of resources do

    def _select(self, resource: str, query: dict[str, Any], *, custom: bool) -> list[models.Record]:
        given = {name: value for name, value in query.items() if value is not UNSET}
        limit, page = given.get("limit", 0), given.get("page", 1)
        if limit < 0 or page < 1:
            raise refusal(400, "io.vantiq.query.invalid", "limit and page count from {0} on.", 1)
        rows, total = self._store.select(
            resource,
            custom=custom,
            where=given.get("where", {}),
            props=given.get("props", ()),
            sort=given.get("sort", {}),
            limit=limit,
            page=page,
        )
        if given.get("count") is True:
            _headers.get()["X-Total-Count"] = str(total)
        return rows

    def _insert(self, resource: str, body: object, *, upsert: bool, custom: bool) -> dict[str, Any]:
        row, new = self._store.insert(resource, body, custom=custom, user=_caller.get().user, upsert=upsert)
        if custom:
            self._tell(f"/types/{resource}/{'insert' if new else 'update'}", "", row)
        return row

    def _update(self, resource: str, name: str, body: object, *, custom: bool) -> dict[str, Any]:
        row = self._store.one(resource, name, custom=custom)
        changes = self._store.change(row, Store.members(body), _caller.get().user)
        if custom:
            self._tell(f"/types/{resource}/update", "", row)
        return changes

    def _delete(self, resource: str, query: dict[str, Any], *, custom: bool) -> None:
        where = query.get("where", UNSET)
        rows, total = self._store.select(
            resource, custom=custom, where={} if where is UNSET else where, props=(), sort={}, limit=0, page=1
        )
        self._gone(resource, rows, custom=custom)
        _headers.get()["X-Total-Count"] = str(total)

    def _delete_one(self, resource: str, name: str, *, custom: bool) -> None:
        self._gone(resource, [self._store.one(resource, name, custom=custom)], custom=custom)

    def _gone(self, resource: str, rows: Sequence[dict[str, Any]], *, custom: bool) -> None:
        self._store.delete(resource, rows, custom=custom)
        for row in rows:
            if custom:
                self._tell(f"/types/{resource}/delete", "", row)
            elif resource in _CONTENT:
                self.documents.forget(_caller.get().namespace, str(row.get("name")))

    # --- contents

    @staticmethod
    def _uploaded(body: object) -> File | None:
        if not isinstance(body, dict):
            return None
        files = [each for each in cast("dict[str, object]", body).values() if isinstance(each, File)]
        return files[0] if len(files) == 1 else None

    async def _keep(self, resource: str, file: File) -> dict[str, Any]:
        name = file.filename or ""
        if resource not in _CONTENT or not name or name.startswith("/") or ".." in name.split("/"):
            raise refusal(400, "io.vantiq.document.invalid", "{0} cannot be the name of one of {1}.", name, resource)
        media = file.content_type or "application/octet-stream"
        members = await self.documents.keep(_caller.get().namespace, name, media, file.chunks())
        return self._kept(resource, members)

    async def _keep_text(self, resource: str, body: dict[str, Any]) -> dict[str, Any]:
        media = body.get("fileType")
        text = File(str(body["content"]).encode(), filename=str(body.get("name", "")))
        text.content_type = media if isinstance(media, str) else "text/plain"
        return await self._keep(resource, text)

    def _kept(self, resource: str, members: dict[str, Any]) -> dict[str, Any]:
        row, _ = self._store.insert(resource, members, custom=False, user=_caller.get().user, upsert=True)
        return self._store.one(resource, str(members["name"]), custom=False) | row

    def _new_token(self) -> str:
        return self.sessions.give(_caller.get().user, lifetime=float("inf"))


_asked: ContextVar[Mapping[str, str]] = ContextVar("vantiq_asked")


def _known(version: str) -> None:
    """Refuse a version of the API that is not spoken here."""
    if version != "1":
        raise refusal(404, "io.vantiq.version.unknown", "There is no version {0} of the API.", version)


def _echo(params: dict[str, Any]) -> object:
    return params


def _fail(params: dict[str, Any]) -> object:
    text = str(params.get("message", "nothing was asked"))
    raise refusal(400, "io.vantiq.emulated.failure", "The procedure failed: {0}", text)


async def _sleep(params: dict[str, Any]) -> object:
    seconds = params.get("seconds", 0)
    await asyncio.sleep(min(60.0, max(0.0, float(seconds))) if isinstance(seconds, int | float) else 0.0)
    return {"slept": seconds}
