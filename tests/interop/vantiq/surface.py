"""Run the whole surface of a client module against a server, and print what each step gave as JSON.

    python surface.py MODULE URL

It needs the module and the standard library only, so that it runs in the official client's environment as well. What
differs from run to run (identifiers, times) is replaced by a word, so that two runs can be compared.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = [
    (re.compile(r"\b[0-9a-f]{24}\b"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "<time>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "<place>"),
]


class Surface:
    """The steps and what they gave."""

    def __init__(self, module: str, url: str, folder: Path) -> None:
        self.package = importlib.import_module(module)
        self.resources = self.package.VantiqResources
        self.url = url
        self.folder = folder
        self.steps: dict[str, Any] = {}

    def plain(self, value: Any) -> Any:
        """A value as JSON, without what changes from run to run."""
        if isinstance(value, str):
            text = value.replace(str(self.folder), "<folder>")
            for pattern, word in WORDS:
                text = pattern.sub(word, text)
            return text
        if isinstance(value, bytes):
            return {"bytes": value.decode("latin-1")}
        if isinstance(value, dict):
            return {self.plain(key): self.plain(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(each) for each in value]
        if isinstance(value, self.package.VantiqResponse):
            names = ("is_success", "status_code", "content_type", "count", "errors", "body")
            return {name: self.plain(getattr(value, name)) for name in names}
        if isinstance(value, self.package.VantiqError):
            return self.plain([value.code, value.message, value.params, str(value), repr(value)])
        if value is None or isinstance(value, bool | int | float):
            return value
        return type(value).__name__

    async def step(self, name: str, call: Callable[[], Any]) -> Any:
        """Run one step; its value or its error goes into the table."""
        try:
            value = call()
            if asyncio.iscoroutine(value):
                value = await value
        except Exception as error:  # noqa: BLE001 - every error is a result here
            found = {"error": type(error).__name__, "message": self.plain(str(error))}
            if isinstance(error, self.package.VantiqException):
                found |= {"code": error.code, "template": self.plain(error.message), "params": self.plain(error.params)}
            self.steps[name] = found
            return None
        self.steps[name] = self.plain(value)
        return value


async def tokens(s: Surface) -> None:
    client = s.package.Vantiq(s.url + "/")
    await s.step("server", client.get_server)
    await s.step("version", client.get_api_version)
    await s.step("version given", s.package.Vantiq(s.url, "2").get_api_version)
    await s.step("authenticated before", client.is_authenticated)
    await s.step("token before", client.get_access_token)
    await s.step("select before", lambda: client.select("Pump"))
    await s.step("refresh before", client.refresh)
    await s.step("connect", client.connect)
    await s.step("connect again", client.connect)
    await s.step("wrong password", lambda: client.authenticate("admin", "wrong"))
    await s.step("authenticate", lambda: client.authenticate("admin", "secret"))
    await s.step("user", client.get_username)
    await s.step("id token", client.get_id_token)
    await s.step("authenticated", client.is_authenticated)
    await s.step("refresh", client.refresh)
    await s.step("select after refresh", lambda: client.select("system.users", ["username"]))
    await s.step("wrong token", lambda: client.set_access_token("nonsense"))
    await s.step("select with a wrong token", lambda: client.select("system.users"))
    await s.step("refresh with a wrong token", client.refresh)
    await s.step("close", client.close)
    await s.step("authenticated after close", client.is_authenticated)
    await s.step("namespace", client.get_target_namespace)


async def records(s: Surface, client: Any) -> None:
    types = s.resources.TYPES
    await s.step("unknown type", lambda: client.select("Pump"))
    await s.step("insert a type", lambda: client.insert(types, {"name": "Pump", "naturalKey": ["id"]}))
    await s.step("insert a type twice", lambda: client.insert(types, {"name": "Pump"}))
    for number in range(7):
        row = {"id": f"p{number}", "n": number, "tag": "ab"[number % 2], "deep": {"x": number * 1.5}, "list": [number]}
        await s.step(f"insert {number}", lambda row=row: client.insert("Pump", row))
    await s.step("insert nothing", lambda: client.insert("Pump", None))
    await s.step("insert odd letters", lambda: client.insert("Pump", {"id": 'ä "?#%/', "tag": "odd"}))
    await s.step("select all", lambda: client.select("Pump", sort_spec={"id": 1}))
    wheres = {
        "equal": {"tag": "a"},
        "gt": {"n": {"$gt": 3}},
        "gte lt": {"n": {"$gte": 2, "$lt": 4}},
        "lte": {"n": {"$lte": 1}},
        "ne": {"tag": {"$ne": "a"}},
        "in": {"id": {"$in": ["p1", "p5"]}},
        "nin": {"id": {"$nin": ["p1", "p5"]}},
        "or": {"$or": [{"n": 1}, {"tag": "odd"}]},
        "and": {"$and": [{"n": {"$gt": 1}}, {"tag": "b"}]},
        "not": {"n": {"$not": {"$gt": 1}}},
        "regex": {"id": {"$regex": "^p[1-3]$"}},
        "exists": {"n": {"$exists": False}},
        "deep": {"deep.x": 3.0},
        "list": {"list": 4},
        "empty": {},
        "unknown operator": {"n": {"$near": 1}},
    }
    for name, where in wheres.items():
        await s.step(f"where {name}", lambda where=where: client.select("Pump", ["id"], where, {"id": -1}))
        await s.step(f"count {name}", lambda where=where: client.count("Pump", where))
    await s.step("limit", lambda: client.select("Pump", ["id"], None, {"n": 1}, 3))
    await s.step("no limit", lambda: client.select("Pump", ["id"], None, {"n": 1}, 0))
    await s.step("page", lambda: client.select("Pump", ["id"], None, {"n": 1}, 3, {"page": "2"}))
    await s.step("options that are no text", lambda: client.select("Pump", options={"page": 2}))
    await s.step("count all", lambda: client.count("Pump"))
    await s.step("upsert", lambda: client.upsert("Pump", {"id": "p1", "n": 100}))
    await s.step("upsert a new one", lambda: client.upsert("Pump", {"id": "new", "n": 1}))
    await s.step("upsert nothing", lambda: client.upsert("Pump", None))
    found = await s.step("find", lambda: client.select("Pump", None, {"id": "p2"}))
    row_id = found.body[0]["_id"]
    await s.step("select one", lambda: client.select_one("Pump", row_id))
    await s.step("select one that is not there", lambda: client.select_one("Pump", "nothing"))
    await s.step("update", lambda: client.update("Pump", row_id, {"n": -1}))
    await s.step("update what is not there", lambda: client.update("Pump", "nothing", {"n": -1}))
    await s.step("delete one", lambda: client.delete_one("Pump", row_id))
    await s.step("delete one again", lambda: client.delete_one("Pump", row_id))
    await s.step("delete some", lambda: client.delete("Pump", {"tag": "a"}))
    await s.step("delete all", lambda: client.delete("Pump", None))
    await s.step("nothing is left", lambda: client.count("Pump"))
    await s.step("users", lambda: client.get_namespace_users("emulated"))
    await s.step("users of nowhere", lambda: client.get_namespace_users("nowhere"))


async def calls(s: Surface, client: Any) -> None:
    r = s.resources
    await s.step("echo", lambda: client.execute("echo", {"a": [1, None, "ä"]}))
    await s.step("echo nothing", lambda: client.execute("echo", None))
    await s.step("execute with headers", lambda: client.execute("echo", {}, {"X-Own": "1", "Authorization": "no"}))
    await s.step("fail", lambda: client.execute("fail", {"message": "with {braces}"}))
    await s.step("unknown procedure", lambda: client.execute("nothing", {}))
    await s.step("insert a source", lambda: client.insert(r.SOURCES, {"name": "src"}))
    await s.step("query", lambda: client.query("src", {"q": 1}))
    await s.step("query a list", lambda: client.query("src", [{"q": 1}]))
    await s.step("query nowhere", lambda: client.query("nothing", {}))
    await s.step("publish to a topic", lambda: client.publish(r.TOPICS, "/a/b", {"v": 1}))
    await s.step("publish to a source", lambda: client.publish(r.SOURCES, "src", {"v": 1}))
    await s.step("publish to an unknown source", lambda: client.publish(r.SOURCES, "nothing", {"v": 1}))
    await s.step("publish to a type", lambda: client.publish(r.TYPES, "Pump", {"v": 1}))
    client.set_target_namespace("other")
    await s.step("another namespace", lambda: client.count(r.SOURCES))
    client.set_target_namespace("nowhere")
    await s.step("a namespace that is none", lambda: client.count(r.SOURCES))
    client.set_target_namespace(None)
    client.set_username("somebody")
    await s.step("in the name of somebody", lambda: client.insert(r.TOPICS, {"name": "/t"}))
    await s.step("user told", client.get_username)


async def contents(s: Surface, client: Any) -> None:
    docs = s.resources.DOCUMENTS
    path = s.folder / "file.txt"
    path.write_text("content of a file\n" * 100)
    calls = {
        "upload a file": ("text/plain", str(path), "a/file.txt"),
        "upload memory": ("text/plain", "memory.txt", None, "some text"),
        "upload bytes": ("application/x-own", "bytes.bin", None, b"\x00\xff"),
        "upload over it": ("text/plain", "memory.txt", None, "other text"),
        "upload odd letters": ("text/plain", "ä b&c.txt", None, "odd"),
        "upload without a type": (None, "x", None, "text"),
        "upload without content": ("text/plain", None, "x", None),
        "upload with two names": ("text/plain", "x", "y", "text"),
        "upload without a name": ("text/plain", None, None, "text"),
        "upload under a name of the document": ("text/plain", None, "named.txt", "text"),
        "upload nothing": ("text/plain", "nothing.txt", None, ""),
        "upload what is not there": ("text/plain", str(s.folder / "missing"), "x"),
    }
    for name, arguments in calls.items():
        await s.step(name, lambda arguments=arguments: client.upload(docs, *arguments))
    await s.step("upload without a resource", lambda: client.upload(None, "text/plain", "x", None, "text"))
    await s.step("insert content", lambda: client.insert(docs, {"name": "in.txt", "content": "abc"}))
    await s.step(
        "documents", lambda: client.select(docs, ["name", "fileType", "contentSize", "content"], None, {"name": 1})
    )
    await s.step("one document", lambda: client.select_one(docs, "a/file.txt"))

    async def download(where: str) -> Any:
        found = await client.download(where)
        if found.is_success:
            pieces = []
            while piece := await found.body.read(100):
                pieces.append(piece)
            found.body = b"".join(pieces)
        return found

    for where in ("/docs/a/file.txt", "/docs/bytes.bin", "/docs/memory.txt", "/docs/missing"):
        await s.step(f"download {where}", lambda where=where: download(where))
    await s.step("delete a document", lambda: client.delete_one(docs, "a/file.txt"))
    await s.step("download what was deleted", lambda: download("/docs/a/file.txt"))
    await s.step("delete documents", lambda: client.delete(docs, None))


class Inbox:
    """Frames of all subscriptions, in the order in which they come."""

    def __init__(self, s: Surface) -> None:
        self.s = s
        self.frames: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

    async def take(self, kind: str, frame: dict[str, Any]) -> None:
        """The callback."""
        await self.frames.put((kind, frame))

    async def following(self, name: str) -> Any:
        """The next frame, as a step."""

        async def wait() -> Any:
            return await asyncio.wait_for(self.frames.get(), 10)

        return await self.s.step(name, wait)


async def events(s: Surface, client: Any) -> None:
    closed: list[int] = []
    inbox = Inbox(s)

    async def close() -> None:
        closed.append(1)

    await s.step("ack before", lambda: client.ack("x", "y", {}))
    await s.step("start", client.start_subscriber_transport)
    await s.step("start again", client.start_subscriber_transport)
    client.register_subscriber_on_close(close)
    await messages(s, client, inbox)
    await changes(s, client, inbox)
    await namespaces(s, client, inbox)
    await reliable(s, client, inbox)
    await client.close()
    s.steps["closed"] = len(closed)


async def messages(s: Surface, client: Any, inbox: Inbox) -> None:
    r = s.resources
    await s.step("topic", lambda: client.subscribe(r.TOPICS, "/a/b", None, inbox.take))
    await inbox.following("topic: connect")
    await s.step("topic again", lambda: client.subscribe(r.TOPICS, "/a/b", None, inbox.take))
    await s.step("publish", lambda: client.publish(r.TOPICS, "/a/b", {"v": [1]}))
    await inbox.following("topic: message")
    await s.step("source", lambda: client.subscribe(r.SOURCES, "src", None, inbox.take, {}))
    await inbox.following("source: connect")
    await s.step("publish to the source", lambda: client.publish(r.SOURCES, "src", {"v": 2}))
    await inbox.following("source: message")
    await s.step("service", lambda: client.insert(r.SERVICES, {"name": "svc"}))
    await s.step("event", lambda: client.subscribe(r.SERVICES, "svc/event", None, inbox.take))
    await inbox.following("event: connect")
    await s.step("publish the event", lambda: client.publish(r.SERVICES, "svc/event", {"v": 3}))
    await inbox.following("event: message")


async def changes(s: Surface, client: Any, inbox: Inbox) -> None:
    r = s.resources
    for operation in ("INSERT", "update", "delete"):
        await s.step(
            f"type {operation}", lambda operation=operation: client.subscribe(r.TYPES, "Pump", operation, inbox.take)
        )
        await inbox.following(f"type {operation}: connect")
    await s.step("insert", lambda: client.insert("Pump", {"id": "e", "n": 1}))
    inserted = await inbox.following("type: inserted")
    await client.update("Pump", inserted[1]["body"]["value"]["_id"], {"n": 2})
    await inbox.following("type: updated")
    await client.delete("Pump", None)
    await inbox.following("type: deleted")


async def namespaces(s: Surface, client: Any, inbox: Inbox) -> None:
    r = s.resources
    await s.step("topic with an operation", lambda: client.subscribe(r.TOPICS, "/x", "insert", inbox.take))
    await s.step("type without an operation", lambda: client.subscribe(r.TYPES, "Pump", None, inbox.take))
    await s.step("documents have no events", lambda: client.subscribe(r.DOCUMENTS, "x", None, inbox.take))
    await s.step("elsewhere", lambda: client.subscribe(r.TOPICS, "/a/b", None, inbox.take, None, "other"))
    await inbox.following("elsewhere: connect")
    await s.step("nowhere", lambda: client.subscribe(r.TOPICS, "/a/b", None, inbox.take, None, "nowhere"))
    await inbox.following("nowhere: error")


async def reliable(s: Surface, client: Any, inbox: Inbox) -> None:
    r = s.resources
    await s.step("reliable", lambda: client.subscribe(r.TOPICS, "/kept", None, inbox.take, {"persistent": True}))
    connected = await inbox.following("reliable: connect")
    await client.publish(r.TOPICS, "/kept", {"v": 4})
    _, frame = await inbox.following("reliable: message")
    name = connected[1]["body"]["name"]
    await s.step("ack without a partition", lambda: client.ack("x", name, {"sequenceId": 1}))
    await s.step("ack without a sequence", lambda: client.ack("x", name, {"partitionId": 1}))
    await s.step("ack", lambda: client.ack(frame["headers"]["X-Request-Id"], name, frame["body"]))

    async def waiting() -> Any:
        for _ in range(100):
            found = await client.select(r.SUBSCRIPTIONS)
            if found.body[0]["waiting"] == 0:
                return found.body
            await asyncio.sleep(0.02)
        return "never acknowledged"

    await s.step("acknowledged", waiting)


async def functions(s: Surface) -> None:
    p = s.package
    await s.step("a name", lambda: s.resources.unqualified_name("system.types"))
    await s.step("a name of its own", lambda: s.resources.unqualified_name("Pump"))
    await s.step("no name", lambda: [s.resources.unqualified_name(""), s.resources.unqualified_name(None)])
    constants = {name: value for name, value in vars(s.resources).items() if name.isupper()}
    await s.step("constants", lambda: {name: constants[name] for name in sorted(constants)})
    await s.step("names", lambda: sorted(set(sys.modules[p.__name__].__all__)))
    fail = p.VantiqError("a.b", "with {0}", ["x"])
    await s.step("an error", lambda: p.VantiqResponse.from_error(fail))
    await s.step("its texts", lambda: [str(p.VantiqResponse.from_error(fail)), repr(p.VantiqResponse.from_error(fail))])
    await s.step(
        "an exception", lambda: [str(p.VantiqException("a", "{0}!", [1])), repr(p.VantiqException("a", "{0}!", [1]))]
    )
    money = p.Currency("12.34", "USD")
    await s.step(
        "money", lambda: [str(money), str(money + 1), str(money * 2), str(-money), str(abs(-money)), str(1 - money)]
    )
    await s.step("compared", lambda: [money > 12, money == p.Currency("12.340", "USD"), money < money + 1, bool(money)])
    await s.step("two currencies", lambda: money + p.Currency(1, "EUR"))
    await s.step("no currency", lambda: p.Currency(1, ""))
    shown = [
        ({"currency": "USD", "value": 1234, "scale": 2}, None),
        ("EUR:1.50", "Currency"),
        ({"value": 15, "scale": 1}, None),
        ("1.5", "Decimal"),
        ({"resource": "types", "resourceId": "x"}, None),
        ("2024-01-02T03:04:05Z", "DateTime"),
        (["1", "2"], "Decimal"),
        ("text", None),
        ("nonsense", "Currency"),
    ]
    for value, kind in shown:
        await s.step(f"from {value} {kind}", lambda value=value, kind=kind: repr(p.from_vantiq(value, kind)))
    await s.step("to", lambda: p.to_vantiq({"a": money, "b": [b"abc", (1, 2)], "c": None}))
    await s.step("kind", lambda: [repr(p.VantiqType("X")), p.VantiqType("X") == p.VantiqType("X")])
    await s.step("json", lambda: json.dumps(money, default=p.vantiq_json_default))
    await s.step("no json", lambda: p.vantiq_json_default({1}))
    await s.step("in a thread", lambda: p.async_from_sync(asyncio.sleep)(0, "slept"))


async def procedures(s: Surface) -> None:
    for name, arguments in {"echo": {"a": 1}, "fail": {"message": "no"}}.items():
        client = s.package.Vantiq(s.url)
        await client.authenticate("admin", "secret")
        await s.step(f"procedure {name}", lambda: s.package.execute_procedure(client, name, arguments))  # noqa: B023
        await s.step(f"procedure {name}: closed", client.is_authenticated)


async def main(module: str, url: str) -> None:
    """Run everything."""
    with tempfile.TemporaryDirectory() as folder:
        s = Surface(module, url, Path(folder))
        await tokens(s)
        async with s.package.Vantiq(url) as client:
            await client.authenticate("admin", "secret")
            await records(s, client)
            await calls(s, client)
            await contents(s, client)
        async with s.package.Vantiq(url) as client:
            await client.authenticate("admin", "secret")
            await events(s, client)
        await functions(s)
        await procedures(s)
    sys.stdout.write(json.dumps(s.steps))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
