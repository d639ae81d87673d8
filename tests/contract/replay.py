"""Play contract cases against a generated Python package."""

from __future__ import annotations

import base64
import email
import email.policy
import importlib
import inspect
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET
from tests.support.exchange import Reply, Sent, refused_or_not, runtime_of

from specbind.generator.vectors.model import Content, PartContent

if TYPE_CHECKING:
    from types import ModuleType

    from specbind.generator.vectors.model import Case, RequestCase

__all__ = ["Python", "content_bytes", "request_of"]


class Python:
    """A generated package, seen through operation ids and wire names."""

    def __init__(self, package: ModuleType) -> None:
        self.package = package
        self.runtime = runtime_of(package)
        self.hooks = importlib.import_module(f"{self.runtime.__name__}.hooks")
        self.endpoints = {endpoint.operation.id: endpoint for endpoint in package.Server.endpoints}
        client = package.Client("https://api.test")
        self.methods: dict[str, tuple[str, str]] = {}
        for resource in [name for name, value in vars(package.Client).items() if isinstance(value, cached_property)]:
            operations = sys.modules[type(getattr(client, resource)).__module__].operations
            for name, method in inspect.getmembers(getattr(client, resource), inspect.ismethod):
                for constant in inspect.unwrap(method).__code__.co_names:
                    if operation := getattr(operations, constant, None):
                        self.methods[operation.id] = (resource, name)

    def credentials(self, case: Case) -> list[object]:
        """The credentials of a case."""
        found = []
        kinds: dict[str, type] = {}
        if case.credentials:
            auth = importlib.import_module(f"{self.package.__name__}.auth")
            for name in auth.__all__:  # of several classes of a scheme the plain one comes first
                kinds.setdefault(getattr(auth, name).scheme, getattr(auth, name))
        for scheme, text in case.credentials.items():
            basic = issubclass(kinds[scheme], self.runtime.Basic)
            found.append(kinds[scheme](*text.split(":", 1)) if basic else kinds[scheme](text))
        return found

    def arguments(self, case: Case) -> tuple[list[object], dict[str, object]]:
        """What a method is given, as Python values."""
        endpoint = self.endpoints[case.operation]
        operation = endpoint.operation
        names = dict(zip([*operation.query, *operation.headers, *operation.cookies], endpoint.keywords, strict=False))
        given = {(item.location, item.name): item.value for item in case.arguments}
        positional: list[object] = []
        keywords: dict[str, object] = {}
        for parameter in operation.parameters:
            if (parameter.location, parameter.name) not in given:
                continue
            value = self.convert(given.pop((parameter.location, parameter.name)), parameter.type())
            if parameter.location == "path":
                positional.append(value)
            else:
                keywords[names[parameter]] = value
        assert not given, f"there is no parameter {given}"
        if case.body is not None:
            codec = next(item for item in operation.body.codecs if item.media == (case.body.media or item.media))
            keywords[endpoint.keywords[-1]] = self.convert(case.body.value, codec.type())
            if case.body.media:
                keywords["content_type"] = case.body.media
        return positional, keywords

    def convert(self, value: object, kind: object) -> Any:
        """JSON as a Python type, files as File."""
        return msgspec.convert(self._with_files(value), kind, dec_hook=self._hook, strict=True)

    def _hook(self, kind: type, value: object) -> object:
        if isinstance(value, self.runtime.File):
            return value
        return self.hooks.decode_hook(kind, value)

    def _with_files(self, value: object) -> Any:
        if isinstance(value, dict):
            if file := value.get("$file"):
                content = base64.b64decode(file["base64"])
                if not file.get("filename"):
                    return content
                return self.runtime.File(content, filename=file["filename"], content_type=file["media"])
            return {name: self._with_files(item) for name, item in value.items()}
        return [self._with_files(item) for item in value] if isinstance(value, list) else value

    def plain(self, value: object, operation: str) -> Any:
        """A Python value of an operation as JSON."""
        found = self.endpoints[operation].operation
        replies = [codec for reply in found.replies for codec in reply.codecs]
        codecs = [*(found.body.codecs if found.body else ()), *replies]
        numbers = any(getattr(codec, "decimal_numbers", False) for codec in codecs)
        encoder = msgspec.json.Encoder(
            enc_hook=self.hooks.encode_hook, decimal_format="number" if numbers else "string"
        )
        return msgspec.json.decode(encoder.encode(value))

    async def replay(self, case: Case) -> None:
        """Make the call with both clients; raises AssertionError where one does something else."""
        if case.response is not None and "event-stream" in case.response.headers.get("content-type", ""):
            return  # the cases hold no well-formed events; tests/cases/streams has some
        positional, keywords = self.arguments(case)
        resource, method = self.methods[case.operation]
        response = case.response
        reply = Reply(response.status, content_bytes(response.body), response.headers.get("content-type", ""))
        done = await refused_or_not(
            self.package,
            lambda client: getattr(getattr(client, resource), method)(*positional, **keywords),
            reply,
            base_url="https://api.test/base",
            auth=self.credentials(case),
        )
        if not done.sent and done.error is not None:
            raise done.error
        sent = request_of(done.request, case.request)
        assert sent == case.request, f"\n  sent   {sent}\n  wanted {case.request}"
        if case.failure is not None:
            self._check_failure(case, done.error)
            return
        if done.error is not None:
            raise done.error
        await self._check_result(case, done.value)

    def _check_failure(self, case: Case, error: Exception | None) -> None:
        failure = case.failure
        assert failure is not None
        if failure.kind == "decode":
            assert isinstance(error, self.runtime.DecodeError)
            return
        assert isinstance(error, self.runtime.StatusError), error
        assert error.status == failure.status
        if failure.body is None:
            assert error.body is None
        elif failure.body.json is not UNSET:
            assert self.plain(error.body, case.operation) == failure.body.json
        else:
            assert error.content == content_bytes(failure.body)

    async def _check_result(self, case: Case, value: Any) -> None:
        wanted = case.result
        if wanted is None:
            assert value is None
        elif wanted.json is not UNSET:
            given = self.plain(value, case.operation)
            assert given == wanted.json, f"\n  got    {given}\n  wanted {wanted.json}"
        elif wanted.text is not UNSET:
            assert value == wanted.text
        elif hasattr(value, "read") or isinstance(value, bytes):
            content = value if isinstance(value, bytes) else await value.read()
            assert content == content_bytes(wanted)
        else:
            await value.close()  # events and lines: the cases give no well-formed ones


def content_bytes(content: Content | None) -> bytes:
    """The bytes of a content that has no parts."""
    if content is None:
        return b""
    if content.json is not UNSET:
        return msgspec.json.encode(content.json)
    if content.text is not UNSET:
        return str(content.text).encode()
    return base64.b64decode(str(content.base64 if content.msgpack is UNSET else content.msgpack))


def request_of(sent: Sent, wanted: RequestCase) -> RequestCase:
    """What was sent in the form of a case, with the headers that the case speaks of."""
    headers = {name: ", ".join(sent.headers.getall(name, ["<missing>"])) for name in wanted.headers}
    media = headers.get("content-type", "")
    body: Content | None = None
    if wanted.body is not None:
        if wanted.body.parts is not UNSET:
            headers["content-type"] = media.partition(";")[0]
            body = Content(parts=_parts(sent))
        elif wanted.body.json is not UNSET:
            body = Content(json=msgspec.json.decode(sent.content))
        elif wanted.body.msgpack is not UNSET:
            same = msgspec.msgpack.decode(sent.content) == msgspec.msgpack.decode(content_bytes(wanted.body))
            body = wanted.body if same else Content(msgpack=base64.b64encode(sent.content).decode())
        elif wanted.body.text is not UNSET:
            body = Content(text=sent.content.decode())
        else:
            body = Content(base64=base64.b64encode(sent.content).decode())
    elif sent.content:
        body = Content(base64=base64.b64encode(sent.content).decode())
    target = sent.target.removeprefix("/base")
    return type(wanted)(sent.method, target, headers, body)


def _parts(sent: Sent) -> tuple[PartContent, ...]:
    """The parts of a body as the standard library reads them."""
    head = f"Content-Type: {sent.headers['Content-Type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + sent.content, policy=email.policy.HTTP)
    found = []
    for part in message.iter_parts():
        name = str(part.get_param("name", header="Content-Disposition"))
        filename = (part.get_filename() or "").replace("%22", '"')
        media = part.get_content_type() if "Content-Type" in part else ""
        content = base64.b64encode(part.get_payload(decode=True)).decode()
        found.append(PartContent(name, content, filename, media))
    return tuple(found)
