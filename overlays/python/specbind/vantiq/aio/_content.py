"""Contents of documents, images and videos."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin

from specbind.bindings._runtime import Error, File, RequestError, StatusError
from specbind.bindings._runtime.forms import MultipartBody
from specbind.bindings._runtime.header_text import header_value
from specbind.bindings._runtime.http import origin
from specbind.bindings.vantiq.operations import records, resources
from specbind.core.download import download_file
from specbind.vantiq.errors import VantiqException
from specbind.vantiq.response import VantiqResponse

from ._caller import Caller, pick, refusal
from ._paths import fault
from ._session import failed, refused_by

if TYPE_CHECKING:
    from pathlib import Path

    from specbind.bindings._runtime import Request
    from specbind.core.progress import Progress
    from specbind.core.ranges import Ranges
    from specbind.vantiq.errors import VantiqError

__all__ = ["Contents"]


class Contents(Caller):
    """Upload and download."""

    async def download(self, path: str) -> VantiqResponse:
        """Content of a document, image or video; `body` is an `aiohttp.StreamReader`.

        Args:
            path: the member `content` of the instance, such as `/docs/name`; or a URL of this server.

        Raises:
            VantiqException: there is no answer, or the URL is one of another server.
        """
        return await self._session.stream(path, self._content_url(path))

    async def download_to(
        self, path: str, target: str | Path, *, ranges: Ranges | None = None, progress: Progress | None = None
    ) -> Path:
        """Download content to a file, which is whole or not there. A broken download goes on where it stopped, also the
        next time, where the server gives ranges.

        Args:
            path: as in `download`.
            target: the file; a plain file that is there is replaced.
            ranges: connections and pieces; one connection by default.
            progress: told the bytes; may be asynchronous.

        Raises:
            VantiqException: the server says no, with its code, message and params; or the connection fails too often.
            OSError: the file cannot be written.
        """
        client = self._session.bearer("download")
        request = self._session.download_request(client, self._content_url(path))
        try:
            return await download_file(client.send, request, target, ranges=ranges, resume=True, progress=progress)
        except StatusError as error:
            errors = refused_by(error)
            raise (VantiqException.of(errors[0]) if errors else failed("download", error)) from error
        except Error as error:
            raise failed("download", error) from error

    async def upload(
        self,
        resource: str,
        content_type: str,
        filename: str | None,
        doc_name: str | None = None,
        inmem: str | bytes | bytearray | None = None,
    ) -> VantiqResponse:
        """Make a document, image or video of a file, or of content in memory.

        Args:
            resource: a constant of VantiqResources, as DOCUMENTS.
            content_type: media type of the content.
            filename: path of the file, and without `doc_name` the name of the document. Of content in memory, its name.
            doc_name: name of the document. With content in memory, give one of the two.
            inmem: content in memory.

        Returns:
            The answer with the instance, or a failure of status 400 for arguments that do not fit.

        Raises:
            VantiqException: there is no answer, or the file cannot be read.
        """
        wrong = _upload_refusal(resource, content_type, filename, doc_name, inmem)
        if wrong is not None:
            return VantiqResponse.from_error(wrong)
        name = doc_name or filename or ""
        if inmem is not None:
            content = inmem.encode() if isinstance(inmem, str) else bytes(inmem)
            file = File(content, filename=name, content_type=content_type)
        else:
            path = os.fspath(filename or "")
            try:
                size = (await asyncio.to_thread(os.stat, path)).st_size
            except (OSError, ValueError) as error:
                raise failed("upload", error) from error
            if not size:
                return VantiqResponse.from_error(refusal("upload.empty", "The file {0} is empty.", path))
            file = File(path, filename=name, content_type=content_type)
        operation = pick(resource, records.INSERT_RECORD, resources.INSERT_INSTANCE)
        media = "multipart/form-data"
        shape = partial(_backslashed, name=name, file=file)
        return await self._ask("upload", operation, resource, body={name: file}, media=media, shape=shape)

    def _content_url(self, path: str) -> str:
        url = urljoin(f"{self._server}/", path) if isinstance(path, str) else ""  # pyright: ignore[reportUnnecessaryIsInstance] - from callers
        if isinstance(path, str) and path.startswith("/") and not path.startswith("//"):  # pyright: ignore[reportUnnecessaryIsInstance] - as above
            url = self._server + _encoded(path)
        elif isinstance(path, str) and "://" not in path and not path.startswith("//"):  # pyright: ignore[reportUnnecessaryIsInstance] - as above
            url = f"{self._server}/{_encoded(path)}" if path else ""
        try:
            own = bool(path) and origin(url) == origin(self._server)
        except RequestError:
            own = False
        if not own:
            raise fault("download.path", "A download is a path or URL of this server, not {0}.", path)
        return url


def _upload_refusal(
    resource: object, content_type: object, filename: object, doc_name: object, inmem: object
) -> VantiqError | None:
    wrong = _kind_refusal(filename, doc_name, inmem)
    if wrong is not None:
        return wrong
    if not content_type:
        return refusal("upload.contenttype", "Missing content type specification for an upload call().")
    if not resource:
        return refusal("upload.resource", "The resource type is missing for an upload() call.")
    if not filename and inmem is None:
        return refusal("content", "The filename and inmem parameters for an upload() call are both missing.")
    if filename and doc_name and inmem is not None:
        message = "When uploading in memory object, only one of filename or doc_name is permitted."
        return refusal("duplicatename", message)
    if not filename and not doc_name:
        return refusal("noname", "Neither a file name nor a document name was provided for an upload() call.")
    if inmem is not None and not inmem:
        return refusal("upload.empty", "The content of {0} is empty.", doc_name or filename)
    return None


def _kind_refusal(filename: object, doc_name: object, inmem: object) -> VantiqError | None:
    for argument, value in (("filename", filename), ("doc_name", doc_name)):
        if value is not None and not isinstance(value, str):
            return refusal("upload.argument", "{0} is a text, not {1}.", argument, type(value).__name__)
        if isinstance(value, str) and (any(each in value for each in "\r\n\0") or not _is_text(value)):
            return refusal("upload.name", "A name has no line breaks, zeros and lone surrogates: {0}.", ascii(value))
    if inmem is not None and not isinstance(inmem, str | bytes | bytearray):
        return refusal("upload.argument", "{0} is text or bytes, not {1}.", "inmem", type(inmem).__name__)
    if isinstance(inmem, str) and not _is_text(inmem):
        return refusal("upload.argument", "{0} has lone surrogates, which UTF-8 cannot write.", "inmem")
    return None


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _backslashed(request: Request, *, name: str, file: File) -> None:
    """Write the one part with its name as the official client does, so that the server keeps the name as it is."""
    boundary = request.headers["Content-Type"].partition("boundary=")[2].strip('"')
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{quoted}"; filename="{quoted}"\r\n'
        f"Content-Type: {header_value('Content-Type', file.content_type or 'application/octet-stream')}\r\n\r\n"
    )
    request.body = MultipartBody([head.encode(), file, f"\r\n--{boundary}--\r\n".encode()])


def _encoded(path: str) -> str:
    """A path of a document as the server gives it: what a URL cannot have is encoded, escapes stay."""
    if any(part in (".", "..") for part in unquote(path).split("/")):
        raise fault("download.path", "A download is a path without . and .. between slashes, not {0}.", path)
    return quote(path, safe="/%:@!$&'()*+,;=-._~")
