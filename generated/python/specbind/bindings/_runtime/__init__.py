"""The runtime of generated packages. Everything here is loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "DEFAULT_LIMITS",
    "DEFAULT_TIMEOUT",
    "UNSET",
    "AccessToken",
    "AiohttpTransport",
    "ApiKey",
    "AsgiTransport",
    "BadRequestError",
    "BaseClient",
    "BaseSyncClient",
    "Basic",
    "Bearer",
    "ByteStream",
    "ConflictError",
    "ConnectError",
    "Credential",
    "DeadlineError",
    "DecodeError",
    "Error",
    "File",
    "ForbiddenError",
    "Headers",
    "HeadersLike",
    "LimitError",
    "Limits",
    "Middleware",
    "Model",
    "NotFoundError",
    "OpenFloat",
    "OpenInt",
    "OpenStr",
    "Operation",
    "Portal",
    "ProtocolError",
    "QueryLike",
    "RateLimitError",
    "RawResponse",
    "RedirectError",
    "Request",
    "RequestBody",
    "RequestError",
    "Resource",
    "Response",
    "ScriptedTransport",
    "Send",
    "ServerError",
    "ShapedUnion",
    "StatusError",
    "SyncByteStream",
    "SyncRawResponse",
    "SyncResource",
    "Timeout",
    "TokenError",
    "Transport",
    "TransportError",
    "TruncatedError",
    "UnauthorizedError",
    "UnknownVariant",
    "UnprocessableError",
    "UnsetType",
    "Variant",
    "answer",
    "as_raw",
    "as_raw_sync",
    "deprecated",
    "errors",
    "get_portal",
    "is_known",
]

if TYPE_CHECKING:
    from . import errors as errors
    from .aiohttp_transport import AiohttpTransport as AiohttpTransport
    from .asgi import AsgiTransport as AsgiTransport
    from .client import BaseClient as BaseClient
    from .credentials import AccessToken as AccessToken
    from .credentials import ApiKey as ApiKey
    from .credentials import Basic as Basic
    from .credentials import Bearer as Bearer
    from .credentials import Credential as Credential
    from .deprecation import deprecated as deprecated
    from .errors import BadRequestError as BadRequestError
    from .errors import ConflictError as ConflictError
    from .errors import ConnectError as ConnectError
    from .errors import DeadlineError as DeadlineError
    from .errors import DecodeError as DecodeError
    from .errors import Error as Error
    from .errors import ForbiddenError as ForbiddenError
    from .errors import LimitError as LimitError
    from .errors import NotFoundError as NotFoundError
    from .errors import ProtocolError as ProtocolError
    from .errors import RateLimitError as RateLimitError
    from .errors import RedirectError as RedirectError
    from .errors import RequestError as RequestError
    from .errors import ServerError as ServerError
    from .errors import StatusError as StatusError
    from .errors import TokenError as TokenError
    from .errors import TransportError as TransportError
    from .errors import TruncatedError as TruncatedError
    from .errors import UnauthorizedError as UnauthorizedError
    from .errors import UnprocessableError as UnprocessableError
    from .http import Headers as Headers
    from .http import HeadersLike as HeadersLike
    from .http import QueryLike as QueryLike
    from .http import Request as Request
    from .http import RequestBody as RequestBody
    from .http import Response as Response
    from .model import UNSET as UNSET
    from .model import File as File
    from .model import Model as Model
    from .model import OpenFloat as OpenFloat
    from .model import OpenInt as OpenInt
    from .model import OpenStr as OpenStr
    from .model import ShapedUnion as ShapedUnion
    from .model import UnknownVariant as UnknownVariant
    from .model import UnsetType as UnsetType
    from .model import Variant as Variant
    from .model import is_known as is_known
    from .operation import Operation as Operation
    from .options import Middleware as Middleware
    from .options import Send as Send
    from .portal import Portal as Portal
    from .portal import get_portal as get_portal
    from .resources import RawResponse as RawResponse
    from .resources import Resource as Resource
    from .resources import SyncRawResponse as SyncRawResponse
    from .resources import SyncResource as SyncResource
    from .resources import as_raw as as_raw
    from .resources import as_raw_sync as as_raw_sync
    from .scripted import ScriptedTransport as ScriptedTransport
    from .scripted import answer as answer
    from .streams import ByteStream as ByteStream
    from .streams import SyncByteStream as SyncByteStream
    from .sync_client import BaseSyncClient as BaseSyncClient
    from .timeout import DEFAULT_LIMITS as DEFAULT_LIMITS
    from .timeout import DEFAULT_TIMEOUT as DEFAULT_TIMEOUT
    from .timeout import Limits as Limits
    from .timeout import Timeout as Timeout
    from .transport import Transport as Transport
else:
    from .lazy import lazy

    __getattr__, __dir__ = lazy(
        __name__,
        {
            "DEFAULT_LIMITS": "timeout",
            "DEFAULT_TIMEOUT": "timeout",
            "UNSET": "model",
            "AccessToken": "credentials",
            "AiohttpTransport": "aiohttp_transport",
            "ApiKey": "credentials",
            "AsgiTransport": "asgi",
            "BadRequestError": "errors",
            "BaseClient": "client",
            "BaseSyncClient": "sync_client",
            "Basic": "credentials",
            "Bearer": "credentials",
            "ByteStream": "streams",
            "ConflictError": "errors",
            "ConnectError": "errors",
            "Credential": "credentials",
            "DeadlineError": "errors",
            "DecodeError": "errors",
            "Error": "errors",
            "File": "model",
            "ForbiddenError": "errors",
            "Headers": "http",
            "HeadersLike": "http",
            "LimitError": "errors",
            "Limits": "timeout",
            "Middleware": "options",
            "Model": "model",
            "NotFoundError": "errors",
            "OpenFloat": "model",
            "OpenInt": "model",
            "OpenStr": "model",
            "Operation": "operation",
            "Portal": "portal",
            "ProtocolError": "errors",
            "QueryLike": "http",
            "RateLimitError": "errors",
            "RawResponse": "resources",
            "RedirectError": "errors",
            "Request": "http",
            "RequestBody": "http",
            "RequestError": "errors",
            "Resource": "resources",
            "Response": "http",
            "ScriptedTransport": "scripted",
            "Send": "options",
            "ServerError": "errors",
            "ShapedUnion": "model",
            "StatusError": "errors",
            "SyncByteStream": "streams",
            "SyncRawResponse": "resources",
            "SyncResource": "resources",
            "Timeout": "timeout",
            "TokenError": "errors",
            "Transport": "transport",
            "TransportError": "errors",
            "TruncatedError": "errors",
            "UnauthorizedError": "errors",
            "UnknownVariant": "model",
            "UnprocessableError": "errors",
            "UnsetType": "model",
            "Variant": "model",
            "answer": "scripted",
            "as_raw": "resources",
            "as_raw_sync": "resources",
            "errors": "",
            "deprecated": "deprecation",
            "get_portal": "portal",
            "is_known": "model",
        },
    )
