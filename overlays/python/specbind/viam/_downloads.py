"""Downloads of binary data from the address that stands in its metadata."""

from __future__ import annotations

import re
import tempfile
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from grpclib.const import Status
from msgspec import UNSET

from specbind.bindings._runtime.client import BaseClient
from specbind.bindings._runtime.credentials import Bearer
from specbind.bindings._runtime.errors import ForbiddenError, RequestError, UnauthorizedError
from specbind.bindings._runtime.grpc.grpclib_errors import (
    RpcError,
    RpcLimitError,
    RpcRateLimitError,
    pushback_of,
    rpc_error,
)
from specbind.bindings._runtime.http import Request, origin
from specbind.bindings._runtime.timeout import DEFAULT_TIMEOUT, Timeout
from specbind.bindings.viam.viam.app.data.v1 import (
    BinaryDataByIDsRequest,
    BinaryMetadata,
    CreateBinaryDataSignedURLRequest,
)
from specbind.bindings.viam.viam.app.data.v1.services import (
    DATA_SERVICE_BINARY_DATA_BY_IDS,
    DATA_SERVICE_CREATE_BINARY_DATA_SIGNED_URL,
)
from specbind.core import arguments
from specbind.core.download import download_file
from specbind.core.progress import Meter
from specbind.core.ranges import ranges_of
from specbind.core.tasks import in_thread

from ._calls import Calls
from ._messages import identifiers, refusal
from ._names import claimed
from ._results import BinaryData
from ._written import file_name, write_whole

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, Iterable

    from specbind.core.progress import Progress
    from specbind.core.ranges import Ranges

    from ._messages import BinaryIDLike
    from ._site import Site

__all__ = ["TOO_LARGE", "Downloads", "is_too_large"]

_SIZE = re.compile(
    r"larger than (?:the )?(?:max|limit|allowed)|(?:message|maximum|max) size|message (?:is )?too (?:large|big|long)",
    re.IGNORECASE,
)
"""What gRPC's libraries say of a message that is too large."""

TOO_LARGE = (RpcRateLimitError, RpcLimitError)
"""What a call ends with whose answer would be too large for one message."""


def is_too_large(error: RpcError) -> bool:
    """Whether an error of `TOO_LARGE` speaks of the size; others mean a quota, or the rate."""
    return isinstance(error, RpcLimitError) or (pushback_of(error) is None and _SIZE.search(error.message) is not None)


class _Token:
    """The token of the rpcs, for HTTP: one that was refused is renewed."""

    def __init__(self, site: Site) -> None:
        self._credentials = site.credentials
        self._last = ""

    async def __call__(self) -> str:
        metadata = await self._credentials.metadata()
        if metadata.get("authorization", "") == self._last:
            await self._credentials.refresh(metadata)
            metadata = await self._credentials.metadata()
        self._last = metadata.get("authorization", "")
        return self._last.removeprefix("Bearer ")


class Downloads(Calls):
    """Binary data as files of any size."""

    async def download_binary(
        self,
        binary: BinaryData | BinaryMetadata | BinaryIDLike,
        path: str | os.PathLike[str],
        *,
        progress: Progress | None = None,
        ranges: Ranges | None = None,
    ) -> Path:
        """Download one file to disk, of any size and in constant memory; gives where it lies.

        The bytes come from the address in the metadata, over several connections where `ranges` says so. Without an
        address they come in one message, or from a signed address if they are too large for one. The token goes to
        the platform's own origin only: where another one wants more than the address, the platform is asked for a
        signed address.

        Args:
            binary: what a query gave, its metadata, or its identifier.
            path: the file; a plain file there is replaced. In a folder that is there the file gets its own name, with a
                number where that is taken: nothing there is replaced.
            progress: told the bytes.
            ranges: connections and pieces; one connection by default.

        Raises:
            RpcNotFoundError: there is no such data. StatusError: the platform refuses.
            RequestError: the address is none, or has no TLS where that was not allowed.
            TransferError: the bytes are not those that were announced. OSError: the file cannot be written.
            TypeError: an argument is of another type; nothing was sent.
        """
        arguments.callback("progress", progress)
        ranges_of(ranges)
        target = arguments.path("path", path)
        held = binary if isinstance(binary, BinaryData) else None
        metadata = held.metadata if held else binary if isinstance(binary, BinaryMetadata) else None
        if metadata is None:
            metadata = await self._metadata_of(binary)
        with ExitStack() as claims:
            if await in_thread(target.is_dir):
                target = claims.enter_context(await in_thread(claimed, target, file_name(metadata)))
            if held is not None and held.data:
                await self._keep(held.data, target, progress)
            else:
                async with self._web() as web:
                    await self._store(web, metadata, target, progress=progress, ranges=ranges)
        return target

    async def _store(
        self,
        web: BaseClient,
        metadata: BinaryMetadata,
        target: Path,
        *,
        progress: Progress | None,
        ranges: Ranges | None,
    ) -> None:
        """Write the bytes of what the metadata describes to a file."""
        if metadata.uri:
            await self._fetch(web, metadata, target, progress=progress, ranges=ranges)
            return
        try:
            content = await self._in_one_message(metadata)
        except TOO_LARGE as error:
            if not is_too_large(error):
                raise
            await self._fetch(web, metadata, target, progress=progress, ranges=ranges)
        else:
            await self._keep(content, target, progress)

    async def _keep(self, content: bytes, target: Path, progress: Progress | None) -> None:
        await in_thread(write_whole, target, lambda file: file.write(content))
        await Meter(progress, len(content)).finish()

    async def _metadata_of(self, binary: BinaryIDLike) -> BinaryMetadata:
        rpc = DATA_SERVICE_BINARY_DATA_BY_IDS
        old, new = identifiers(rpc, [binary])
        answer = await self._ask(rpc, BinaryDataByIDsRequest(binary_ids=old, binary_data_ids=new))
        for found in answer.data:
            if found.metadata is not UNSET:
                return found.metadata
        raise rpc_error(Status.NOT_FOUND, "there is no such data", path=rpc.path)

    async def _in_one_message(self, metadata: BinaryMetadata) -> bytes:
        rpc = DATA_SERVICE_BINARY_DATA_BY_IDS
        identifier = metadata.binary_data_id or metadata.id
        if not identifier:
            raise refusal(rpc, "the metadata has neither an address nor an identifier")
        request = BinaryDataByIDsRequest(binary_data_ids=[identifier], include_binary=True)
        for found in (await self._ask(rpc, request)).data:
            return found.binary
        raise rpc_error(Status.NOT_FOUND, f"there is no data {identifier}", path=rpc.path)

    async def _contents(self, files: Iterable[BinaryMetadata]) -> AsyncGenerator[bytes, None]:
        """The bytes of files that are too large for one message, one after the other."""
        with tempfile.TemporaryDirectory(prefix="specbind-viam-") as folder:
            path = Path(folder) / "binary"
            async with self._web() as web:
                for metadata in files:
                    await self._fetch(web, metadata, path, progress=None, ranges=None)
                    yield await in_thread(path.read_bytes)

    async def _fetch(
        self,
        web: BaseClient,
        metadata: BinaryMetadata,
        target: Path,
        *,
        progress: Progress | None,
        ranges: Ranges | None,
    ) -> Path:
        """Download from the address in the metadata, or from a signed one where there is none or it is refused."""
        size = metadata.file_size_bytes or None
        identifier = metadata.binary_data_id or metadata.id
        rpc = DATA_SERVICE_CREATE_BINARY_DATA_SIGNED_URL

        async def get(address: str) -> Path:
            request = Request("GET", self._checked(address), timeout=self._limits)
            return await download_file(web.send, request, target, size=size, progress=progress, ranges=ranges)

        if metadata.uri:
            try:
                return await get(metadata.uri)
            except (UnauthorizedError, ForbiddenError):
                if not identifier or (self._site is not None and origin(metadata.uri) == origin(self._site.base_url)):
                    raise
        elif not identifier:
            raise refusal(rpc, "the metadata has neither an address nor an identifier")
        signed = (await self._ask(rpc, CreateBinaryDataSignedURLRequest(binary_data_id=identifier))).signed_url
        if not signed:
            raise rpc_error(Status.NOT_FOUND, f"the platform gives no address of {identifier}", path=rpc.path)
        return await get(signed)

    @property
    def _limits(self) -> Timeout:
        seconds = None if self._site is None else self._site.timeout
        return DEFAULT_TIMEOUT if seconds is None else Timeout(connect=seconds, read=seconds)

    def _checked(self, uri: str) -> str:
        try:
            parts = urlsplit(uri)
            whole = parts.hostname and parts.username is None and parts.port != 0
        except ValueError:
            whole = False
            parts = urlsplit("")
        allowed = {"https", "http"} if self._site is not None and self._site.in_the_clear else {"https"}
        if not whole or parts.scheme.lower() not in allowed:
            raise RequestError(f"the metadata gives no address that can be used: {uri.partition('?')[0][:200]!r}")
        return uri

    @asynccontextmanager
    async def _web(self) -> AsyncGenerator[BaseClient]:
        """A client whose token goes to the platform alone."""
        site = self._site
        auth = Bearer(_Token(site)) if site is not None and site.credentials is not None else None
        client = BaseClient(site.base_url if site is not None else "https://nowhere.invalid", auth=auth)
        try:
            yield client
        finally:
            await client.close()
