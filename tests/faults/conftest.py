"""A generated client with retries, and a look for what a test leaves behind."""

from __future__ import annotations

import asyncio
import importlib
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.packages import generated
from tests.support.raw_server import RawServer, response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import ModuleType

SECRETS = ("bearer-s3cr3t", "header-s3cr3t", "query-s3cr3t")
OK = response(200, b'{"name":"thing"}', {"Content-Type": "application/json"})


class Api:
    """The package that was generated for these tests: it stands alone, with a runtime and a core of its own."""

    def __init__(self, package: ModuleType) -> None:
        self.package = package
        self.runtime = importlib.import_module(f"{package.__name__}._runtime")
        self.core = importlib.import_module(f"{package.__name__}._core")
        self.operations = importlib.import_module(f"{package.__name__}.operations.api")
        auth = importlib.import_module(f"{package.__name__}.auth")
        found = {kind.scheme: kind for kind in vars(auth).values() if getattr(kind, "scheme", "")}
        self.credentials = {name: found[name] for name in ("bearer", "key", "query")}
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Wait no time, and note how long it would have been."""
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def client(self, server: RawServer | str, *, retry: Any = None, auth: Any = None, **options: Any) -> Any:
        """A client with retries and three secrets; a call ends after ten seconds at the latest."""
        self.slept.clear()
        package, runtime, kinds = self.package, self.runtime, self.credentials
        retry = retry or self.core.Retry(sleep=self.sleep)
        credentials = auth or [kinds[name](secret) for name, secret in zip(kinds, SECRETS, strict=True)]
        options.setdefault("timeout", runtime.Timeout(total=10, connect=2, read=5))
        url = server if isinstance(server, str) else server.url
        return package.Client(url, auth=credentials, middleware=[retry], **options)

    def told(self, error: Any, path: str = "/thing", *, method: str = "GET", attempt: int = 1) -> None:
        """The error names the call and no secret, in no form."""
        assert (error.method, error.attempt) == (method, attempt)
        assert error.url.partition("?")[0].endswith(path)
        assert f"{method} " in str(error)
        assert (f"attempt {attempt}" in str(error)) is (attempt > 1)
        shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error).get("url"))
        assert not [secret for secret in SECRETS if secret in shown]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    spec = Path(__file__).with_name("spec.yaml").read_text(encoding="utf-8")
    with generated(tmp_path_factory.mktemp("faults"), spec) as package:
        yield Api(package)


@pytest.fixture
def api(built: Api) -> Api:
    return built


@pytest.fixture(autouse=True)
async def nothing_is_left() -> AsyncIterator[None]:
    """No task, socket or file stays open."""
    before = descriptors()
    yield
    here = asyncio.current_task()
    async with asyncio.timeout(5):
        while descriptors() > before or asyncio.all_tasks() - {here}:  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.005)


def descriptors() -> int:
    """Open files and sockets of this process, where the system tells."""
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0
