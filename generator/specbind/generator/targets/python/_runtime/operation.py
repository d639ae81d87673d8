"""Operations as data: how a call becomes a Request and an answer becomes a value, without I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NoReturn, TypeVar, cast
from urllib.parse import quote

from msgspec import UNSET
from multidict import CIMultiDict, MultiDict, istr

from .credentials import unmet
from .decompression import ACCEPT_ENCODING
from .errors import DecodeError, RequestError, excerpt, status_error
from .forms import Form, Multipart, Part
from .header_text import header_name, header_value
from .http import Headers, HeadersLike, QueryLike, Request, RequestBody, Response
from .parameters import (
    Cookie,
    Header,
    Parameter,
    Path,
    Query,
    QueryString,
    plain,
    scalar_text,
)
from .payloads import Binary, Codec, Json, Text, Typed, is_json
from .replies import Replies, Reply, media_name, media_text, names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .servers import ServerUrl

__all__ = [
    "Binary",
    "Body",
    "Codec",
    "Cookie",
    "Form",
    "Header",
    "Json",
    "Multipart",
    "Operation",
    "Part",
    "Path",
    "Query",
    "QueryString",
    "Reply",
    "Text",
]

T = TypeVar("T")
_DENIED = frozenset({401, 403})
_BRACKET = ord("[")
_CONTENT_TYPE = istr("Content-Type")  # found without making small letters of it first


class Body:
    """The request body: its media types, the preferred one first."""

    __slots__ = ("codecs", "required")

    def __init__(self, *codecs: Codec, required: bool = False) -> None:
        self.codecs = codecs
        self.required = required

    def encode(self, value: object, content_type: object = UNSET) -> tuple[str, bytes | RequestBody]:
        """Write a value in the media type called `content_type`, else in the first that is declared for its type."""
        if content_type is not UNSET and content_type is not None:
            wanted = str(content_type)
            for same in (media_text, media_name):
                for codec in self.codecs:
                    if same(codec.media) == same(wanted):
                        return codec.encode(value)
            raise RequestError(f"content_type {wanted!r} is not declared; there are {names(self.codecs)}")
        choices = [codec for codec in self.codecs if codec.accepts(value)]
        if len(choices) > 1:
            from .fitting import fits  # noqa: PLC0415  # few bodies have several media types, and it loads unions

            choices = [codec for codec in choices if fits(codec, value)] or choices
        if choices:
            return choices[0].encode(value)
        raise RequestError(f"a body of type {type(value).__name__} cannot be sent as {names(self.codecs)}")


class Operation(Generic[T]):
    """One call of an API, as data.

    Args:
        id: id of the operation.
        method: HTTP method.
        path: text pieces, percent-encoded, and `Path` parameters in between.
        fixed_query: query string that every call sends, percent-encoded.
        query: query parameters.
        headers: header parameters.
        cookies: cookie parameters.
        body: the request body.
        replies: declared answers.
        servers: where calls go if the client was given no `base_url`, the preferred one first.
        security: alternatives, each a tuple of scheme ids; `()` within allows anonymous calls; empty states none.
        idempotent: whether a call may be repeated.
        safe: whether a call changes nothing.
        deprecated: whether the spec advises against it.
    """

    def __init__(  # noqa: PLR0913 - all that a spec says of an operation
        self,
        id: str,
        method: str,
        path: tuple[str | Path, ...],
        *,
        fixed_query: str = "",
        query: tuple[Query, ...] = (),
        headers: tuple[Header, ...] = (),
        cookies: tuple[Cookie, ...] = (),
        body: Body | None = None,
        replies: tuple[Reply, ...] = (),
        security: tuple[tuple[str, ...], ...] = (),
        servers: tuple[ServerUrl, ...] = (),
        idempotent: bool = False,
        safe: bool = False,
        deprecated: bool = False,
    ) -> None:
        self.id = id
        self.method = method
        self.path = path
        self.fixed_query = fixed_query
        self.query = query
        self.headers = headers
        self.cookies = cookies
        self.body = body
        self.replies = replies
        self.security = security
        self.servers = servers
        self.idempotent = idempotent
        self.safe = safe
        self.deprecated = deprecated
        # an answer to HEAD has no content, whatever is declared (RFC 9110, 9.3.2)
        self.stream = method != "HEAD" and any(
            codec.stream for reply in replies if not reply.error for codec in reply.codecs
        )
        self._least = len(self.parameters) + (body is not None)
        self._replies = Replies(replies)
        self._choices = self._replies.choices
        medias = dict.fromkeys(codec.media for reply in replies for codec in reply.codecs)
        self.fixed_headers: tuple[tuple[str, str], ...] = (
            ("Accept", ", ".join(medias) or "*/*"),
            # offsets and lengths of a stream count the bytes of the thing itself
            ("Accept-Encoding", "identity" if self.stream else ACCEPT_ENCODING),
        )

    @property
    def template(self) -> str:
        """The path as the spec writes it, `/pets/{petId}`."""
        return "".join(piece if isinstance(piece, str) else f"{{{piece.name}}}" for piece in self.path)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters in the order of the argument tuple; one that the path has several times comes once."""
        in_path = {piece.name: piece for piece in self.path if isinstance(piece, Path)}
        return (*in_path.values(), *self.query, *self.headers, *self.cookies)

    def build(
        self,
        base_url: str,
        arguments: Sequence[object],
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        *,
        headers: Headers | None = None,
    ) -> Request:
        """Make the request.

        Args:
            base_url: absolute URL without a slash at its end.
            arguments: path, query, headers, cookies, body, content_type: each in the order declared. UNSET leaves out.
            extra_headers: headers that replace those of the same name.
            extra_query: query parameters that replace those of the same name.
            headers: headers to start from, in place of `fixed_headers`; they are copied.

        Raises:
            RequestError: an argument is missing or cannot be written.
        """
        if not self._least <= len(arguments) <= self._least + (self.body is not None):
            raise self._refusal(RequestError(f"{self._least} arguments are needed, {len(arguments)} were given"))
        sent: Headers = CIMultiDict(self.fixed_headers) if headers is None else headers.copy()
        given = iter(arguments)
        try:
            url = self._path(base_url, given)
            pairs = self._query(given) if self.query else []
            if self.headers:
                self._fields(given, sent)
            if self.cookies:
                self._jar(given, sent)
            body = None if self.body is None else self._body(self.body, given, sent)
            if extra_headers is not None:
                _replace_headers(sent, extra_headers)
            if extra_query is not None:
                pairs = _replace_query(pairs, extra_query)
        except (TypeError, ValueError, RecursionError) as error:
            raise self._refusal(error) from error
        if pairs or self.fixed_query:
            # a query string that is no form has no name
            sent_query = [f"{name}={text}" if name else text for name, text in pairs or ()]
            url += "?" + "&".join([self.fixed_query, *sent_query] if self.fixed_query else sent_query)
        return Request(
            self.method,
            url,
            sent,
            body,
            operation_id=self.id,
            idempotent=self.idempotent,
            stream=self.stream,
            security=self.security,
        )

    def _path(self, base_url: str, given: Iterator[object]) -> str:
        pieces = [base_url]
        written: dict[str, str] = {}
        for piece in self.path:
            if isinstance(piece, str):
                pieces.append(piece)
                continue
            if piece.name in written:
                pieces.append(written[piece.name])
                continue
            value = next(given)
            if value is UNSET:
                raise missing(piece)
            try:
                written[piece.name] = text = piece.write(value)
            except (TypeError, ValueError, RecursionError) as error:
                raise refused(piece, error) from error
            pieces.append(text)
        return "".join(pieces)

    def _query(self, given: Iterator[object]) -> list[tuple[str, str]]:
        pairs: list[tuple[str, str]] = []
        for parameter in self.query:
            value = next(given)
            if value is not UNSET:
                try:
                    found = parameter.write(value)
                except (TypeError, ValueError, RecursionError) as error:
                    raise refused(parameter, error) from error
                if value is None and parameter.required and not found:
                    raise undefined(parameter)
                pairs += found
            elif parameter.required:
                raise missing(parameter)
        return pairs

    def _fields(self, given: Iterator[object], sent: Headers) -> None:
        for parameter in self.headers:
            value = next(given)
            if value is not UNSET:
                try:
                    text = parameter.write(value)
                except (TypeError, ValueError, RecursionError) as error:
                    raise refused(parameter, error) from error
                if text is not None:
                    sent[parameter.name] = text
                elif parameter.required:
                    raise undefined(parameter)
            elif parameter.required:
                raise missing(parameter)

    def _jar(self, given: Iterator[object], sent: Headers) -> None:
        pairs: list[str] = []
        for parameter in self.cookies:
            value = next(given)
            if value is not UNSET:
                try:
                    found = parameter.write(value)
                except (TypeError, ValueError, RecursionError) as error:
                    raise refused(parameter, error) from error
                if value is None and parameter.required and not found:
                    raise undefined(parameter)
                pairs += found
            elif parameter.required:
                raise missing(parameter)
        if pairs:
            others = sent.getall("Cookie", [])
            sent["Cookie"] = "; ".join([*others, *pairs])

    def parse(self, response: Response) -> T:
        """Read an answer whose body was read (but for streams).

        Raises:
            StatusError: the answer is an error, or a failure whatever its status.
            DecodeError: the answer is not what is declared.
        """
        choice = self._choices.get((response.status, response.headers.get(_CONTENT_TYPE)))
        if choice is not None and choice.read is not None:
            content = response.content
            if choice.needle is None or (content and content[0] == _BRACKET) or choice.needle not in content:
                try:
                    value: T = choice.read(content)
                except (ValueError, OverflowError, RecursionError):
                    return self._parse(response)  # it says what is wrong
                return value
        return self._parse(response)

    def _parse(self, response: Response) -> T:
        status = response.status
        content_type = response.headers.get(_CONTENT_TYPE)
        choice = self._replies.choose(status, content_type)
        codec = choice.codec
        content = response.content
        if choice.error:
            self._raise_status(response, codec, content_type or "")
        if self.method == "HEAD":
            return cast("T", None)
        if choice.stream and codec is not None:
            return cast("T", codec.open(response))
        if codec is None:
            if choice.problem:
                self._raise_undeclared(response, choice.problem, content_type or "")
            return cast("T", None)
        failure = choice.failure
        if failure is not None and failure.failed(content):
            body = failure.decode_failure(content, content_type or "")
            raise status_error(_request(self, response), status, _headers(response), body=body, content=content)
        try:
            value = codec.decode(content, content_type or "")
        except DecodeError as error:
            error.status = status
            if not content:
                error.message = f"the answer {status} has no content where {codec.media} is due"
            else:
                error.message += f"; it begins {excerpt(content, _request(self, response).secrets())!r}"
            raise error.at(_request(self, response)) from None
        choice.read = codec.reader()
        return cast("T", value)

    def reply_headers(self, status: int) -> dict[str, Header]:
        """Give the headers that are declared for answers, by their names in small letters; the status's own first."""
        return self._replies.headers(status)

    def error_codec(self, status: int) -> Typed | None:
        """Give what a server writes the body of a status with: JSON if it is declared, else what else has objects."""
        found = self._replies.choose(status, "application/json").codec
        if isinstance(found, Typed) and is_json(found.media):
            return found
        return next((codec for codec in self._replies.codecs(status) if isinstance(codec, Typed)), None)

    def is_stream(self, response: Response) -> bool:
        """Say whether an answer's body is handed over unread."""
        if not self.stream:
            return False
        content_type = response.headers.get(_CONTENT_TYPE)
        return self._replies.choose(response.status, content_type).stream

    def _raise_status(self, response: Response, codec: Codec | None, content_type: str) -> NoReturn:
        body: object = None
        problem = response.problem
        content = response.content
        if codec is not None and content:
            try:
                body = codec.decode(content, content_type)
            except DecodeError as error:
                problem = error  # the status matters more; the body's fault is its cause
        request = _request(self, response)
        refusal = status_error(request, response.status, _headers(response), body=body, content=content)
        if response.status in _DENIED and (asked := unmet(request)):
            refusal.message += (
                f"; no credential of this client was sent, and the operation asks for {asked}: give one to it with "
                "auth=, if you did not put one into the call yourself"
            )
        raise refusal from problem

    def _raise_undeclared(self, response: Response, problem: str, content_type: str) -> NoReturn:
        request = _request(self, response)
        text = excerpt(response.content, request.secrets())
        raise DecodeError(
            f"{problem}; it begins {text!r}",
            media_type=content_type,
            status=response.status,
            content=response.content,
        ).at(request)

    def _body(self, body: Body, given: Iterator[object], sent: Headers) -> bytes | RequestBody | None:
        value = next(given)
        if value is UNSET:
            if body.required:
                raise RequestError("the argument 'body' is missing")
            return None
        content_type, content = body.encode(value, next(given, UNSET))
        sent[_CONTENT_TYPE] = header_value("Content-Type", content_type)
        return content

    def _refusal(self, error: Exception) -> RequestError:
        if not isinstance(error, RequestError):
            error = RequestError(f"{type(error).__name__}: {error}")
        error.operation = self.id
        return error

    def __repr__(self) -> str:
        return f"<Operation {self.id} {self.method} {self.template}>"


def missing(parameter: Parameter) -> RequestError:
    """Give the error of a required argument that is not there."""
    return RequestError(f"the {parameter.location} parameter {parameter.name!r} is missing")


def undefined(parameter: Parameter) -> RequestError:
    """Give the error of a required argument that is None where None cannot be written."""
    return RequestError(f"the {parameter.location} parameter {parameter.name!r} is required and must not be None")


def refused(parameter: Parameter, error: Exception) -> RequestError:
    """Give the error of an argument that cannot be written."""
    return RequestError(f"the {parameter.location} parameter {parameter.name!r} cannot be sent: {error}")


def _headers(response: Response) -> Headers:
    return CIMultiDict(response.headers.items())


def _request(operation: Operation[T], response: Response) -> Request:
    if response.request is not None:
        return response.request
    return Request(operation.method, operation.template, operation_id=operation.id)


def _replace_headers(headers: Headers, extra: HeadersLike) -> None:
    pairs = list(CIMultiDict(extra).items())
    for name, _ in pairs:
        headers.popall(name, None)
    for name, text in pairs:
        headers.add(header_name(name), header_value(name, str(text)))


def _replace_query(pairs: list[tuple[str, str]], extra: QueryLike) -> list[tuple[str, str]]:
    added: list[tuple[str, str]] = []
    for name, value in MultiDict(extra).items():
        values = plain(value)
        items = [] if values is None else [values] if isinstance(values, str) else values
        added += [(quote(name, safe=""), quote(scalar_text(item), safe="")) for item in items]
    replaced = {name for name, _ in added}
    return [pair for pair in pairs if pair[0] not in replaced] + added
