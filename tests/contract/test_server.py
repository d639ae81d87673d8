"""The generated server skeleton reads the requests of the contract cases, byte for byte as they stand there."""

from __future__ import annotations

import base64
import importlib
import json

import aiohttp
import msgspec
import pytest
from msgspec import UNSET
from tests.cases.cases import CASES, api_of, command_options
from tests.cases.cases import FOLDER as CASES_FOLDER
from tests.contract.replay import Python, content_bytes
from tests.contract.test_python import DOCUMENTS, HAND_WRITTEN, derived
from tests.support.packages import generated
from yarl import URL

from specbind.generator.vectors import derive, load

BOUNDARY = "a-boundary-of-the-test"
DEVIATIONS: dict[str, str] = {}


def wire(request) -> tuple[dict[str, str], bytes]:
    """Headers and body of a case's request."""
    headers = {name: text for name, text in request.headers.items() if name != "accept-encoding"}
    if request.body is None or request.body.parts is UNSET:
        return headers, content_bytes(request.body)
    content = b""
    for part in request.body.parts:
        filename = part.filename.replace('"', "%22")
        content += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{part.name}"'.encode()
        content += f'; filename="{filename}"\r\n'.encode() if filename else b"\r\n"
        content += f"Content-Type: {part.media}\r\n".encode() if part.media else b""
        content += b"\r\n" + base64.b64decode(part.base64) + b"\r\n"
    headers["content-type"] += f"; boundary={BOUNDARY}"
    return headers, content + f"--{BOUNDARY}--\r\n".encode()


class Recorder:
    """A subclass of the generated server that notes what its methods were given and answers as told."""

    def __init__(self, python: Python) -> None:
        self.python = python
        self.called: list[tuple[str, list[object], dict[str, object]]] = []
        self.credentials: dict[str, str] = {}
        self.case = None
        server = importlib.import_module(f"{python.runtime.__name__}.server")
        self.serve, self.rejection = server.serve, server.Rejection
        recorder = self

        async def authenticate(_self, _operation, credentials):
            recorder.credentials = dict(credentials)

        members = {endpoint.name: self._method(endpoint.operation.id) for endpoint in python.package.Server.endpoints}
        self.server = type("Recording", (python.package.Server,), {**members, "authenticate": authenticate})()

    def _method(self, operation: str):
        async def method(_server, *positional, **keywords):
            kept = {name: await self._plain(value, operation) for name, value in keywords.items()}
            self.called.append((operation, [await self._plain(value, operation) for value in positional], kept))
            return self._answer()

        return method

    async def _plain(self, value, operation):
        """Arguments as JSON; files read, since they end with the call."""
        if isinstance(value, msgspec.Struct):
            members = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
            pairs = [(wire_name, getattr(value, name)) for name, wire_name in members]
            return {name: await self._plain(item, operation) for name, item in pairs if item is not UNSET}
        if isinstance(value, list):
            return [await self._plain(item, operation) for item in value]
        if isinstance(value, dict) and any(isinstance(item, self.python.runtime.File) for item in value.values()):
            return {name: await self._plain(item, operation) for name, item in value.items()}
        if isinstance(value, self.python.runtime.File):
            content = base64.b64encode(await value.read()).decode()
            return {"$file": {"base64": content, "filename": value.filename, "media": value.content_type}}
        return value if value is UNSET else self.python.plain(value, operation)

    def _answer(self):
        case = self.case
        failure = case.failure
        if failure is not None and failure.kind == "status":
            body = (
                None
                if failure.body is None
                else failure.body.json
                if failure.body.json is not UNSET
                else content_bytes(failure.body)
            )
            raise self.rejection(failure.status, body)
        if case.result is None:
            return None
        if _has_events(case):
            return []
        if case.result.json is UNSET:
            return case.result.text if case.result.text is not UNSET else content_bytes(case.result)
        replies = [reply for reply in self.server_operation(case).replies if not reply.error]
        replies.sort(key=lambda reply: reply.status != str(case.response.status))
        media = case.response.headers.get("content-type", "").partition(";")[0]
        codecs = [codec for reply in replies for codec in reply.codecs]
        codec = next((codec for codec in codecs if codec.media.partition(";")[0] == media), codecs[0])
        return self.python.convert(case.result.json, codec.type())

    def server_operation(self, case):
        return self.python.endpoints[case.operation].operation

    def expected(self, case) -> tuple[list[object], dict[str, object]]:
        """The arguments of a case, as JSON by the names that the server's method has."""
        endpoint = self.python.endpoints[case.operation]
        operation = endpoint.operation
        names = dict(zip([*operation.query, *operation.headers, *operation.cookies], endpoint.keywords, strict=False))
        given = {(item.location, item.name): item.value for item in case.arguments}
        path = [
            given[parameter.location, parameter.name]
            for parameter in operation.parameters
            if parameter.location == "path"
        ]
        keywords = {name: given.get((parameter.location, parameter.name), UNSET) for parameter, name in names.items()}
        if operation.body is not None:
            keywords[endpoint.keywords[-1]] = case.body.value if case.body else UNSET
        return path, keywords


async def replay(recorder: Recorder, session: aiohttp.ClientSession, url: str, case) -> None:
    recorder.called.clear()
    recorder.case = case
    headers, content = wire(case.request)
    target = URL(url + case.request.target, encoded=True)
    if "msgpack" in case.response.headers.get("content-type", ""):  # else the first that is accepted comes
        headers["accept"] = case.response.headers["content-type"]
    async with session.request(
        case.request.method, target, headers=headers, data=content or None, skip_auto_headers=("Content-Type",)
    ) as answer:
        received = await answer.read()
        assert recorder.called, f"{answer.status} {received[:300]!r}"
        (operation, positional, keywords) = recorder.called[0]
        path, wanted = recorder.expected(case)
        assert operation == case.operation
        assert _comparable(positional) == _comparable(path)
        assert _comparable(keywords) == _comparable(wanted), f"\n  got    {keywords}\n  wanted {wanted}"
        assert recorder.credentials.items() >= case.credentials.items() or not _asked(recorder, case)
        if answer.content_type.endswith("msgpack"):
            received = _as_json(recorder, case, received, answer)
        _check_answer(case, answer.status, received)


def _as_json(recorder: Recorder, case, received: bytes, answer: aiohttp.ClientResponse) -> bytes:
    """A body in MessagePack, read as the client reads it."""
    if case.failure is not None:
        value = msgspec.msgpack.decode(received)
    else:
        good = [reply for reply in recorder.server_operation(case).replies if not reply.error]
        codecs = [codec for reply in good for codec in reply.codecs if codec.media == answer.content_type]
        value = codecs[0].decode(received, answer.content_type)
    return json.dumps(recorder.python.plain(value, case.operation)).encode()


def _asked(recorder: Recorder, case) -> bool:
    return bool(recorder.server_operation(case).security) and recorder.server_operation(case).security != ((),)


def _check_answer(case, status: int, received: bytes) -> None:
    """A decode failure is one of the client; any other answer is what the case says."""
    if case.failure is not None and case.failure.kind == "decode":
        return
    if case.failure is not None:
        assert status == case.failure.status
        body = case.failure.body
    else:
        assert 200 <= status < 400, (status, received)
        body = case.result
    if body is None or case.request.method == "HEAD" or _has_events(case):
        return
    assert (json.loads(received) == body.json) if body.json is not UNSET else (received == content_bytes(body))


def _has_events(case) -> bool:
    """The cases hold no well-formed events; tests/cases/streams has some."""
    return case.response is not None and "event-stream" in case.response.headers.get("content-type", "")


def _comparable(value):
    """Files without a name of their own have whatever the server calls them; absent and UNSET are the same."""
    if isinstance(value, dict):
        if isinstance(file := value.get("$file"), dict):
            named = {"filename": file["filename"], "media": file["media"]} if file.get("filename") else {}
            return {"$file": {"base64": file["base64"], **named}}
        return {name: _comparable(item) for name, item in value.items() if item is not UNSET}
    return [_comparable(item) for item in value] if isinstance(value, (list, tuple)) else value


async def play(package, cases) -> list[str]:
    recorder = Recorder(Python(package))
    failures = []
    application = recorder.server.application(base_path="")
    async with recorder.serve(application) as url, aiohttp.ClientSession(auto_decompress=False) as session:
        for case in cases:
            try:
                await replay(recorder, session, url, case)
            except AssertionError as error:
                failures.append(f"{case.operation} {case.case}: {error}")
    return failures


@pytest.mark.parametrize("api", DOCUMENTS)
async def test_own_servers(api):
    written = [load(path.read_bytes()) for path in HAND_WRITTEN]
    cases = [*derived(api).cases, *(case for vectors in written if vectors.api == api for case in vectors.cases)]
    failures = await play(importlib.import_module(f"specbind.bindings.{api}"), cases)
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(strict=True, reason=DEVIATIONS[name]))
        if name in DEVIATIONS
        else name
        for name in CASES
    ],
)
async def test_features(name, tmp_path):
    folder = CASES_FOLDER / name
    with generated(tmp_path, folder / "spec.yaml", "--without-core", *command_options(folder)) as package:
        failures = await play(package, derive(api_of(name)).cases)
        assert not failures, "\n".join(failures)


async def test_an_optional_body_that_is_empty_is_absent(tmp_path):
    with generated(tmp_path, CASES_FOLDER / "bodies" / "spec.yaml", "--without-core") as package:
        recorder = Recorder(Python(package))
        recorder.case = derive(api_of("bodies")).cases[0]
        async with (
            recorder.serve(recorder.server.application(base_path="")) as url,
            aiohttp.ClientSession() as session,
            session.post(f"{url}/json") as answer,  # with the Content-Type that this client adds by itself
        ):
            assert answer.status == 204, await answer.text()
        assert recorder.called == [("sendJson", [], {"body": UNSET})]
