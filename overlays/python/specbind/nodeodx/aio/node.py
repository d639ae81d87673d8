"""A processing node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from specbind.bindings._runtime import RequestError
from specbind.bindings.nodeodx import models
from specbind.core import arguments
from specbind.nodeodx import _versions
from specbind.nodeodx.types import NodeInfo, NodeOption

from ._connection import Address, Connection, plain_host, time_limits, translated
from ._create import Draft, create_chunked, create_in_one_request, options_text, outputs_text, version_of
from ._files import file_names
from ._raw import ask
from .task import Task

if TYPE_CHECKING:
    import os
    import ssl as ssl_module
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from specbind.bindings import nodeodx
    from specbind.bindings._runtime import Transport

__all__ = ["Node"]

_CHUNKED_SINCE = "1.4.0"


class Node:
    """A NodeODX or NodeODM processing node.

    Connections are opened by the first call. Close the node, or use it in a `with` statement, to let them go; a
    closed node stays closed.

    Args:
        host: name or IP address.
        port: TCP port, 1 to 65535.
        token: token of the node, empty for none.
        timeout: seconds to wait for a connection, and for each further piece of an answer; above 0.
        scheme: `http` or `https`; without it, port 443 means `https` and any other `http`.
        path: path in front of every call, for a node behind a proxy.
        proxy: URL of an HTTP proxy.
        trust_env: take a proxy from the environment.
        ssl: certificates for `https`; False checks nothing.
        transport: what sends the requests, in place of connections of its own.

    Raises:
        TypeError: an argument is of another type; the message names it.
        ValueError: `host` is a URL, or no host at all; `from_url` takes URLs. Or another argument is out of range.
    """

    host: str
    """Name or IP address, without brackets."""
    port: int
    """TCP port."""
    token: str
    """Token of the node, empty for none. A new value holds from the next call on."""
    timeout: float
    """Seconds to wait for a connection, and for each further piece of an answer."""
    scheme: str
    """`http` or `https`."""
    path: str
    """Path in front of every call."""

    def __init__(
        self,
        host: str,
        port: int,
        token: str = "",
        timeout: float = 30,
        *,
        scheme: str | None = None,
        path: str = "",
        proxy: str | None = None,
        trust_env: bool = False,
        ssl: ssl_module.SSLContext | bool = True,
        transport: Transport | None = None,
    ) -> None:
        self.host = plain_host(arguments.text("host", host))
        self.port = _port(port)
        self.token = arguments.optional_text("token", token) or ""
        self.timeout = arguments.number("timeout", timeout, unit="seconds", positive=True)
        self.scheme = arguments.optional_text("scheme", scheme) or ("https" if self.port == 443 else "http")
        if self.scheme not in ("http", "https"):
            raise ValueError(f"scheme is http or https, not {self.scheme!r}")
        base = arguments.text("path", path).strip("/")
        self.path = f"/{base}" if base else ""
        self._closed = False
        self._connection = Connection(proxy=proxy, trust_env=trust_env, ssl=ssl, transport=transport)

    def __repr__(self) -> str:
        return f"Node({self._address().base_url!r})"

    async def __aenter__(self) -> Self:
        self._check_open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. Every later call of the node and of its tasks is a RequestError."""
        self._closed = True
        await self._connection.close()

    @staticmethod
    def from_url(url: str, timeout: float = 30) -> Node:
        """Make a Node from a URL.

        Args:
            url: `scheme://host:port/path?token=value`; the scheme is `http` where there is none, the port that of the
                scheme. Other members of the query are not used.
            timeout: seconds to wait for a connection, and for each further piece of an answer.

        Raises:
            TypeError: it is no text.
            ValueError: no such URL.
        """
        found = Address.parse(arguments.text("url", url))
        return Node(found.host, found.port, found.token, timeout, scheme=found.scheme, path=found.path)

    @staticmethod
    def compare_version(node_version: str | None, compare_version: str) -> int:
        """Order of two versions: -1, 0 or 1. A candidate (`2.2.4-rc1`) comes before its release, `2.2` equals `2.2.0`.

        One that cannot be read counts as the older.
        """
        return _versions.compare(node_version, compare_version)

    def url(self, url: str, query: Mapping[str, object] | None = None) -> str:
        """Absolute URL of a path of the node, with the node's token.

        Args:
            url: path below the node.
            query: members of the query.
        """
        return self._address().url(url, query or {})

    async def get(self, url: str, query: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - any JSON
        """Call a path of the node that has no method here, with the node's token.

        Args:
            url: path below the node.
            query: members of the query.

        Returns:
            The JSON value of the answer, or its bytes where it is no JSON.

        Raises:
            GenericError: as `info`.
        """
        with translated():
            return await ask(self._client(), "GET", url, query=query, timeout=self.timeout)

    async def post(
        self,
        url: str,
        data: Mapping[str, object] | bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - any JSON
        """Post to a path of the node that has no method here, with the node's token. Never sent twice.

        Args:
            url: path below the node.
            data: a mapping is sent as a form, texts and bytes as they are.
            headers: further headers.

        Returns:
            The JSON value of the answer, or its bytes where it is no JSON.

        Raises:
            GenericError: as `info`.
        """
        with translated():
            return await ask(self._client(), "POST", url, data=data, headers=headers, timeout=self.timeout)

    async def info(self) -> NodeInfo:
        """What the node is and how busy it is.

        Raises:
            NodeResponseError: the node wants a token, or another one.
            NodeConnectionError: no answer.
            NodeServerError: an answer that was not expected.
        """
        with translated():
            return NodeInfo(await self._client().server.info())

    async def options(self) -> list[NodeOption]:
        """Options that a task can be given.

        Raises:
            GenericError: as `info`.
        """
        with translated():
            found = await self._client().server.options()
        return [NodeOption(each.domain, each.help, each.name, each.value, str(each.type)) for each in found]

    async def version_greater_or_equal_than(self, version: str) -> bool:
        """Whether the node's version is `version` or a later one; False when the node's cannot be read.

        Raises:
            GenericError: as `info`.
        """
        return self.compare_version((await self.info()).version, version) >= 0

    async def create_task(
        self,
        files: Sequence[str | os.PathLike[str]],
        options: Mapping[str, object] | None = None,
        name: str | None = None,
        progress_callback: Callable[[float], object] | None = None,
        skip_post_processing: bool = False,
        webhook: str | None = None,
        outputs: Sequence[str] = (),
        parallel_uploads: int = 10,
        max_retries: int = 5,
        retry_timeout: float = 5,
        task_uuid: str | None = None,
    ) -> Task:
        """Create a task: send its files and put it into the node's queue.

        Files are streamed from disk. One that begins with `http:` or `https:` is downloaded first, to a temporary
        folder. A node older than 1.4.0 gets everything in one request.

        Args:
            files: paths or URLs of images, and of a ground control point file.
            options: values by name, such as `{"orthophoto-resolution": 3}`; `Node.options` lists the names.
            name: name of the task; without one the node invents it.
            progress_callback: called with percentages of the bytes sent, 0 to 100; may be asynchronous.
            skip_post_processing: leave out map tiles and point cloud tiles.
            webhook: URL that the node calls when the task has ended.
            outputs: paths that the archive shall have, relative to the project; by default what the node thinks fit.
            parallel_uploads: files sent at the same time.
            max_retries: times that a failed file, or a failed upload as a whole, is tried again.
            retry_timeout: seconds to wait before the first retry, twice as many before the second, and so on.
            task_uuid: identifier for the task; by default the node makes one.

        Raises:
            NodeResponseError: there are no files, or the node refuses the task, an option or a file.
            NodeConnectionError: the connection was lost and the retries are used up.
            NodeServerError: an answer that was not expected.
            OSError: a file cannot be read.
            TypeError: `files` is one path, not a list of them; or another argument is of another type.
            ValueError: the name of a file is not UTF-8, and the node cannot be told it; or a number is out of range.
        """
        settings = _settings(name, options)
        if skip_post_processing:
            settings.skip_post_processing = True
        if webhook is not None:
            settings.webhook = arguments.text("webhook", webhook)
        if outputs:
            settings.outputs = outputs_text(outputs)
        draft = Draft(
            files=file_names(files),
            settings=settings,
            uuid=arguments.optional_text("task_uuid", task_uuid),
            progress=arguments.callback("progress_callback", progress_callback),
            parallel=arguments.whole("parallel_uploads", parallel_uploads, least=1),
            max_retries=arguments.whole("max_retries", max_retries, least=0),
            retry_timeout=arguments.number("retry_timeout", retry_timeout, unit="seconds"),
            limits=time_limits(self.timeout),
        )
        with translated():
            old = _versions.is_older(await version_of(self._client(), draft), _CHUNKED_SINCE)
            create = create_in_one_request if old else create_chunked
            return Task(self, await create(self._client(), draft))

    async def create_task_fallback(
        self,
        files: Sequence[str | os.PathLike[str]],
        options: Mapping[str, object] | None = None,
        name: str | None = None,
        progress_callback: Callable[[float], object] | None = None,
        task_uuid: str | None = None,
    ) -> Task:
        """Create a task by one request that has all its files, as nodes older than 1.4.0 want it. Never sent twice.

        Args:
            files: as for `create_task`, and so are the others.
            options: values by name.
            name: name of the task.
            progress_callback: called with percentages of the bytes sent.
            task_uuid: identifier for the task.

        Raises:
            GenericError: as `create_task`.
        """
        draft = Draft(
            files=file_names(files),
            settings=_settings(name, options),
            uuid=arguments.optional_text("task_uuid", task_uuid),
            progress=arguments.callback("progress_callback", progress_callback),
            limits=time_limits(self.timeout),
        )
        with translated():
            return Task(self, await create_in_one_request(self._client(), draft))

    async def list_tasks(self) -> list[Task]:
        """All tasks that the node knows, in its own order. Uploads that are not committed are not among them.

        Raises:
            GenericError: as `info`.
        """
        with translated():
            found = await self._client().tasks.list()
        return [Task(self, each.uuid) for each in found]

    def get_task(self, uuid: str) -> Task:
        """The task with this identifier. Asks nothing of the node.

        Args:
            uuid: identifier of the task.

        Raises:
            TypeError: it is no text.
            ValueError: it is empty.
        """
        if not arguments.text("uuid", uuid):
            raise ValueError("uuid is empty: it is the identifier of a task, as in Task.uuid")
        return Task(self, uuid)

    def _address(self) -> Address:
        return Address(self.scheme, self.host, self.port, self.path, self.token)

    def _check_open(self) -> None:
        if self._closed:
            raise RequestError("the node is closed; make a new one")

    def _client(self) -> nodeodx.Client:
        self._check_open()
        return self._connection.client(self._address(), self.timeout)


def _settings(name: str | None, options: Mapping[str, object] | None) -> models.TaskSettings:
    return models.TaskSettings(name=arguments.optional_text("name", name) or "", options=options_text(options))


def _port(port: object) -> int:
    """A port; as text too, since that is what the environment has."""
    number = int(port) if isinstance(port, str) and port.isascii() and port.isdecimal() and len(port) < 10 else port
    return arguments.whole("port", number, least=1, most=65535)
