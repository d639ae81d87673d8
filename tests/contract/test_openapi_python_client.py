"""The client that openapi-python-client makes from our spec sends the same requests as ours."""

from __future__ import annotations

import base64
import email
import email.policy
import importlib
import inspect
import io
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
import pytest
from tests.contract.replay import Python
from tests.contract.test_python import HAND_WRITTEN, SPECS, derived
from tests.support.exchange import Reply, refused_or_not
from tests.support.witness import missing

from specbind.generator.vectors import load

if TYPE_CHECKING:
    from types import ModuleType

    from specbind.generator.vectors.model import Case

PACKAGE = "node_client"

# what is asked for -> the members of the request in which the witness differs, and why it is wrong there
FAULTS: dict[str, tuple[set[str], str]] = {
    "two media types of one body": (
        set(),
        "its module uses a name that it does not import, and cannot be imported itself",
    ),
    "multipart without parts": ({"media"}, "it names multipart and sends no content, not even the closing boundary"),
    "true in a form": ({"body"}, "it writes Python's True; the node takes exactly `true`"),
    "a default that was not given": ({"query"}, "it sends the spec's default, which is a statement about the server"),
}


def fault(case: Case) -> str:
    """Which fault of the witness a case meets, or ""."""
    value = case.body.value if case.body else {}
    if case.body and case.body.media:
        return "two media types of one body"
    if case.body and not any(value.values()) and value.get("name") is None:
        return "multipart without parts"
    if True in value.values():
        return "true in a form"
    return "a default that was not given" if case.operation == "getTaskOutput" and len(case.arguments) == 1 else ""


QUIET = {
    "text/plain": "it names the media type of plain text parts, which is their default (RFC 7578, 4.4)",
}


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory):
    """The witness's package, imported."""
    program = Path(sys.executable).with_name("openapi-python-client")
    if not program.exists():
        missing("openapi-python-client", "it is not installed")
    folder = tmp_path_factory.mktemp("witness")
    command = [
        program,
        "generate",
        "--path",
        SPECS / "nodeodx" / "openapi.yaml",
        "--output-path",
        folder / PACKAGE,
        "--meta",
        "none",
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=120)
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


def cases() -> list[object]:
    found = [("derived", case) for case in derived("nodeodx").cases]
    found += [(path.stem, case) for path in HAND_WRITTEN for case in load(path.read_bytes()).cases]
    asked = {}
    for kind, case in found:  # answers do not matter here: each request once
        asked.setdefault(msgspec.json.encode((case.operation, case.arguments, case.body)), (kind, case))
    return [pytest.param(case, id=f"{kind}-{case.operation}-{case.case}") for kind, case in asked.values()]


@pytest.mark.parametrize("case", cases())
async def test_requests_are_the_same(case, witness):
    if fault(case) == "two media types of one body":
        with pytest.raises(NameError):
            theirs(case, witness)
        return
    mine, other = await ours(case), theirs(case, witness)
    differing = {name for name in mine if mine[name] != other.get(name)}
    allowed, _reason = FAULTS.get(fault(case), (set(), ""))
    assert differing == allowed, "\n".join(
        f"{name}\n  ours   {mine[name]}\n  theirs {other.get(name)}" for name in differing
    )


def test_every_fault_is_met():
    assert {fault(parameter.values[0]) for parameter in cases()} - {""} == set(FAULTS)


async def ours(case: Case) -> dict[str, object]:
    """What our client sends."""
    python = Python(importlib.import_module("specbind.bindings.nodeodx"))
    positional, keywords = python.arguments(case)
    resource, method = python.methods[case.operation]
    done = await refused_or_not(
        python.package,
        lambda client: getattr(getattr(client, resource), method)(*positional, **keywords),
        Reply(500),
        base_url="http://node.test",
        auth=python.credentials(case),
    )
    sent = done.request
    return comparable(sent.method, sent.url, dict(sent.headers), sent.content)


def theirs(case: Case, witness: ModuleType) -> dict[str, object]:
    """What the witness sends, with the token put in by hand: it knows none in a query."""
    httpx = importlib.import_module("httpx")
    (path,) = Path(str(witness.__file__)).parent.glob(f"api/*/{snake(case.operation)}.py")
    module = importlib.import_module(f"{PACKAGE}.api.{path.parent.name}.{path.stem}")
    received: list[Any] = []

    def answer(request: Any) -> Any:
        request.read()
        received.append(request)
        return httpx.Response(500)

    given: dict[str, object] = {snake(item.name): item.value for item in case.arguments}
    if case.body is not None:
        kind = inspect.signature(module.sync_detailed).parameters["body"].annotation
        name = re.search(r"[A-Z]\w+", kind if isinstance(kind, str) else kind.__name__)[0]
        given["body"] = body(getattr(importlib.import_module(f"{PACKAGE}.models"), name), case.body.value)
    token = case.credentials.get("token")
    params = {"token": token} if token and secured(case) else None
    with witness.Client(
        base_url="http://node.test", httpx_args={"transport": httpx.MockTransport(answer), "params": params}
    ) as client:
        module.sync_detailed(client=client, **given)
    (request,) = received
    return comparable(request.method, str(request.url), dict(request.headers), request.content)


def snake(name: str) -> str:
    """A name as the witness writes it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()


def secured(case: Case) -> bool:
    operation = Python(importlib.import_module("specbind.bindings.nodeodx")).endpoints[case.operation].operation
    return operation.security != ((),)


def body(kind: type, value: dict[str, Any]) -> object:
    """The witness's model of a body."""
    types = importlib.import_module(f"{PACKAGE}.types")

    def file(item: Any) -> Any:
        if isinstance(item, dict) and "$file" in item:
            content = io.BytesIO(base64.b64decode(item["$file"]["base64"]))
            return types.File(content, item["$file"]["filename"], item["$file"]["media"])
        return [file(each) for each in item] if isinstance(item, list) else item

    return kind(**{snake(name): file(item) for name, item in value.items()})


def comparable(method: str, url: str, headers: dict[str, str], content: bytes) -> dict[str, object]:
    """What has to be the same: method, path, query, the headers that carry something, the body as it is read."""
    parts = urlsplit(url)
    named = {name.lower(): text for name, text in headers.items()}
    media, _, parameters = named.get("content-type", "").partition(";")
    found: dict[str, object] = {
        "method": method.upper(),
        "path": [unquote(segment) for segment in parts.path.split("/")],
        "query": Counter(parse_qsl(parts.query, keep_blank_values=True)),
        "set-uuid": named.get("set-uuid"),
        "media": media if content else "",
    }
    if media == "application/json" and content:
        found["body"] = msgspec.json.decode(content)
    elif media == "application/x-www-form-urlencoded":
        found["body"] = Counter(parse_qsl(content.decode(), keep_blank_values=True))
    elif media == "multipart/form-data":
        head = f"Content-Type: {media};{parameters}\r\n\r\n".encode()
        message = email.message_from_bytes(head + content, policy=email.policy.HTTP)
        found["body"] = [
            (
                part.get_param("name", header="Content-Disposition"),
                part.get_filename(),
                "" if part.get_content_type() in QUIET and not part.get_filename() else part.get_content_type(),
                part.get_payload(decode=True),
            )
            for part in message.iter_parts()
        ]
    return found
