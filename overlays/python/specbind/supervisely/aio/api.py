"""A server, and the parts of its API."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from specbind.bindings.supervisely import models
from specbind.core import arguments
from specbind.core.backoff import pause
from specbind.supervisely.exceptions import ApiAnswerError
from specbind.supervisely.reply import Reply

from ._wire import Network, Wire, server_url, translated
from .dataset import DatasetApi
from .file import FileApi
from .image import ImageApi
from .project import ProjectApi
from .team import TeamApi
from .workspace import WorkspaceApi

if TYPE_CHECKING:
    import ssl as ssl_module
    from types import TracebackType

    from specbind.bindings._runtime import Transport
    from specbind.core.backoff import Sleep

__all__ = ["Api"]

_ENV_FILE = "~/supervisely.env"
_LARGEST_ENV = 1 << 20
_DIGITS = 10
_EXPORT = re.compile(r"^export\s+")
_QUOTED = re.compile(r"(['\"])(.*?)\1\s*(?:#.*)?")
_WHERE = "give it, set it in the environment, or write it to ~/supervisely.env and use Api.from_env()"


class Api:
    """A Supervisely server.

    Connections are opened by the first call. Close the Api, or use it in a `with` statement, to let them go.
    The token goes to the origin of the server and to no other one.

    Args:
        server_address: address of the server; by default that of the environment (`SERVER_ADDRESS`).
        token: key of a user; by default that of the environment (`API_TOKEN`).
        retry_count: attempts of a call that may be repeated, from 1 on; by default 10.
        retry_sleep_sec: seconds: upper bound of the first wait, which doubles up to 60; by default 1.
        external_logger: told of what is done in place of the logger `specbind.supervisely`.
        ignore_task_id: leave the task of the environment (`SUPERVISELY_TASK_ID`) out of the headers.
        api_server_address: address for calls, where it is another one.
        check_instance_version: has no effect; `get_instance_version` tells the version.
        timeout: seconds to wait for a connection, and for each further piece of an answer; above 0.
        proxy: URL of an HTTP proxy.
        trust_env: take a proxy from the environment.
        ssl: certificates for `https`; False checks nothing.
        transport: what sends the requests, in place of connections of its own.
        sleep: what waits between attempts.

    Raises:
        TypeError: an argument is of another type; the message names it.
        ValueError: no address was given, or an argument is out of range.
    """

    server_address: Final[str]
    """Address of the server."""
    token: Final[str | None]
    """Key of the user."""
    headers: Final[dict[str, str]]
    """Headers of every call, without the key."""
    task_id: Final[str | None]
    """Task within which this program runs."""
    logger: Final[logging.Logger]
    """Told of what is done."""
    team: Final[TeamApi]
    """Teams."""
    workspace: Final[WorkspaceApi]
    """Workspaces."""
    project: Final[ProjectApi]
    """Projects; `project.version` are their versions."""
    dataset: Final[DatasetApi]
    """Datasets."""
    image: Final[ImageApi]
    """Images."""
    file: Final[FileApi]
    """Team files."""

    def __init__(  # noqa: PLR0913 - eight are the official client's, the rest says how requests travel
        self,
        server_address: str | None = None,
        token: str | None = None,
        retry_count: int | None = 10,
        retry_sleep_sec: int | None = None,
        external_logger: logging.Logger | None = None,
        ignore_task_id: bool = False,
        api_server_address: str | None = None,
        check_instance_version: bool | str = False,  # noqa: ARG002 - nothing here depends on it
        *,
        timeout: float = 60,
        proxy: str | None = None,
        trust_env: bool = False,
        ssl: ssl_module.SSLContext | bool = True,
        transport: Transport | None = None,
        sleep: Sleep = pause,
    ) -> None:
        address = arguments.optional_text("server_address", server_address) or os.environ.get("SERVER_ADDRESS")
        if not address:
            raise ValueError(f"server_address is missing: {_WHERE}")
        self.server_address = server_url(address)
        key = arguments.optional_text("token", token) or os.environ.get("API_TOKEN")
        if key is not None and (not key or key != key.strip() or not key.isascii() or not key.isprintable()):
            raise ValueError("token is the key of a user, without breaks and spaces around it")
        self.token = key
        self.task_id = os.environ.get("SUPERVISELY_TASK_ID")
        self.headers = {"x-task-id": self.task_id} if self.task_id and not ignore_task_id else {}
        self.logger = external_logger or logging.getLogger("specbind.supervisely")
        base = api_server_address or os.environ.get("SUPERVISELY_API_SERVER_ADDRESS")
        network = Network(
            attempts=_setting("retry_count", retry_count, "SUPERVISELY_PUBLIC_API_RETRIES", 10, least=1),
            base=_setting("retry_sleep_sec", retry_sleep_sec, "SUPERVISELY_PUBLIC_API_RETRY_SLEEP_SEC", 1, least=0),
            timeout=arguments.number("timeout", timeout, unit="seconds", positive=True),
            sleep=sleep,
            proxy=proxy,
            trust_env=trust_env,
            ssl=ssl,
            transport=transport,
        )
        self._wire = Wire(server_url(base) if base else self.server_address, key, self.headers, network)
        self.team = TeamApi(self)
        self.workspace = WorkspaceApi(self)
        self.project = ProjectApi(self)
        self.dataset = DatasetApi(self)
        self.image = ImageApi(self)
        self.file = FileApi(self)

    def __repr__(self) -> str:
        return f"Api({self.server_address!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. Every later call is an ApiClosedError."""
        await self._wire.close()

    @staticmethod
    def normalize_server_address(server_address: str) -> str:
        """An address with a scheme and without a slash at the end. Raises ValueError for what is none."""
        return server_url(arguments.text("server_address", server_address))

    @staticmethod
    def from_env(
        retry_count: int = 10,
        ignore_task_id: bool = False,
        env_file: str = _ENV_FILE,
        check_instance_version: bool | str = False,
    ) -> Api:
        """An Api by the environment: `SERVER_ADDRESS` and `API_TOKEN`.

        What is missing there is read from `env_file`, unless `ENV` is `production`. The environment is left as it is.

        Args:
            retry_count: attempts of a call that may be repeated.
            ignore_task_id: leave the task of the environment out of the headers.
            env_file: a file of lines `NAME=value`, whose name ends with `.env`.
            check_instance_version: has no effect.

        Raises:
            FileNotFoundError: something is missing, and there is no such file.
            ValueError: something is missing all the same, or the file is no `.env` file.
        """
        found = {name: os.environ.get(name, "") for name in ("SERVER_ADDRESS", "API_TOKEN")}
        if not all(found.values()) and os.environ.get("ENV", "development") != "production":
            path = Path(env_file).expanduser()
            if path.suffix != ".env":
                raise ValueError(f"{env_file} is not an '*.env' file")
            written = _read_env(path)
            found = {name: value or written.get(name, "") for name, value in found.items()}
        missing = [name for name, value in found.items() if not value]
        if missing:
            raise ValueError(f"{' and '.join(missing)} must be set in the environment or in {env_file}")
        return Api(
            found["SERVER_ADDRESS"],
            found["API_TOKEN"],
            retry_count,
            ignore_task_id=ignore_task_id,
            check_instance_version=check_instance_version,
        )

    async def get_instance_version(self) -> str:
        """Version of the server. Raises ApiAnswerError when it does not say."""
        with translated():
            found = await self._wire.client().instance.version(body=models.Nothing())
        if not isinstance(found.version, str):
            raise ApiAnswerError("the server does not tell its version")
        return found.version

    async def post(self, method: str, data: dict[str, Any] | list[Any], retries: int | None = None) -> Reply:
        """Call a method of the server by its name.

        Args:
            method: its name, such as `projects.list`.
            data: what it wants.
            retries: above 1, the call may be repeated as often as the Api says; by default it is sent once, since a
                repeated call may do a thing twice.

        Raises:
            ValueError: `method` is no name of a method.
            SuperviselyError: the call failed.
        """
        if not isinstance(data, dict | list):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers without types
            raise TypeError(f"data is a dict or a list, not {type(data).__name__}")
        with translated():
            status, headers, content = await self._wire.post(
                method, data, idempotent=retries is not None and retries > 1
            )
        return Reply(status_code=status, headers=dict(headers), content=content)


def _setting(name: str, value: int | None, variable: str, default: int, *, least: int) -> int:
    text = os.environ.get(variable, "")
    if value is None and text and not (text.isascii() and text.isdecimal() and len(text) < _DIGITS):
        raise ValueError(f"{variable} in the environment is a whole number, not {text[:40]!r}")
    found = value if value is not None else int(text) if text else default
    return arguments.whole(name, found, least=least)


def _read_env(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8-sig") as file:
        lines = file.read(_LARGEST_ENV).splitlines()
    found: dict[str, str] = {}
    for line in lines:
        name, equals, value = _EXPORT.sub("", line.strip(), count=1).partition("=")
        if equals and not name.startswith("#"):
            text = value.strip()
            quoted = _QUOTED.fullmatch(text)
            found[name.strip()] = quoted[2] if quoted else text.partition(" #")[0].strip()
    return found
