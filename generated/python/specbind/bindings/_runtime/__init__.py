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
    "AuthorizationCode",
    "AuthorizationRequest",
    "BadRequestError",
    "BaseClient",
    "BaseSyncClient",
    "Basic",
    "Bearer",
    "ByteStream",
    "ClientCredentials",
    "ConflictError",
    "ConnectError",
    "Credential",
    "DeadlineError",
    "DecodeError",
    "DeviceAuthorization",
    "DeviceCode",
    "DurationText",
    "Error",
    "EventSource",
    "EventStream",
    "File",
    "ForbiddenError",
    "Headers",
    "HeadersLike",
    "Int64Text",
    "Items",
    "LimitError",
    "Limits",
    "LineStream",
    "Middleware",
    "Model",
    "NotFoundError",
    "OAuth2",
    "OpenFloat",
    "OpenInt",
    "OpenModel",
    "OpenStr",
    "Operation",
    "Password",
    "Portal",
    "ProtocolError",
    "ProviderMetadata",
    "QueryLike",
    "RateLimitError",
    "RawResponse",
    "RawResponseWith",
    "RedirectError",
    "RefreshToken",
    "Rejection",
    "Request",
    "RequestBody",
    "RequestError",
    "Resource",
    "Response",
    "ScriptedTransport",
    "Send",
    "ServerError",
    "ServerSentEvent",
    "ServerUrl",
    "ShapedUnion",
    "StatusError",
    "SyncByteStream",
    "SyncEventStream",
    "SyncLineStream",
    "SyncRawResponse",
    "SyncRawResponseWith",
    "SyncResource",
    "Timeout",
    "Token",
    "TokenError",
    "Transport",
    "TransportError",
    "TruncatedError",
    "UInt64Text",
    "UnauthorizedError",
    "UnknownVariant",
    "UnprocessableError",
    "UnsetType",
    "Variant",
    "Webhook",
    "answer",
    "as_raw",
    "as_raw_sync",
    "as_raw_sync_with_headers",
    "as_raw_with_headers",
    "deprecated",
    "discover",
    "discover_sync",
    "errors",
    "field",
    "get_portal",
    "is_known",
    "parse_webhook",
    "replace",
    "with_part_headers",
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
    from .duration_text import DurationText as DurationText
    from .enums import OpenFloat as OpenFloat
    from .enums import OpenInt as OpenInt
    from .enums import OpenStr as OpenStr
    from .enums import is_known as is_known
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
    from .event_stream import EventSource as EventSource
    from .event_stream import EventStream as EventStream
    from .event_stream import ServerSentEvent as ServerSentEvent
    from .event_stream import SyncEventStream as SyncEventStream
    from .files import File as File
    from .http import Headers as Headers
    from .http import HeadersLike as HeadersLike
    from .http import QueryLike as QueryLike
    from .http import Request as Request
    from .http import RequestBody as RequestBody
    from .http import Response as Response
    from .int_text import Int64Text as Int64Text
    from .int_text import UInt64Text as UInt64Text
    from .line_stream import LineStream as LineStream
    from .line_stream import SyncLineStream as SyncLineStream
    from .model import UNSET as UNSET
    from .model import Model as Model
    from .model import UnsetType as UnsetType
    from .model import field as field
    from .oauth2 import ClientCredentials as ClientCredentials
    from .oauth2 import OAuth2 as OAuth2
    from .oauth2 import Password as Password
    from .oauth2 import RefreshToken as RefreshToken
    from .oauth_code import AuthorizationCode as AuthorizationCode
    from .oauth_code import AuthorizationRequest as AuthorizationRequest
    from .oauth_code import DeviceAuthorization as DeviceAuthorization
    from .oauth_code import DeviceCode as DeviceCode
    from .oauth_token import Token as Token
    from .oidc import ProviderMetadata as ProviderMetadata
    from .oidc import discover as discover
    from .oidc import discover_sync as discover_sync
    from .open_model import OpenModel as OpenModel
    from .open_model import replace as replace
    from .operation import Operation as Operation
    from .options import Middleware as Middleware
    from .options import Send as Send
    from .part_headers import with_part_headers as with_part_headers
    from .portal import Portal as Portal
    from .portal import get_portal as get_portal
    from .resources import RawResponse as RawResponse
    from .resources import Resource as Resource
    from .resources import SyncRawResponse as SyncRawResponse
    from .resources import SyncResource as SyncResource
    from .resources import as_raw as as_raw
    from .resources import as_raw_sync as as_raw_sync
    from .response_headers import RawResponseWith as RawResponseWith
    from .response_headers import SyncRawResponseWith as SyncRawResponseWith
    from .response_headers import as_raw_sync_with_headers as as_raw_sync_with_headers
    from .response_headers import as_raw_with_headers as as_raw_with_headers
    from .scripted import ScriptedTransport as ScriptedTransport
    from .scripted import answer as answer
    from .server import Rejection as Rejection
    from .servers import ServerUrl as ServerUrl
    from .streams import ByteStream as ByteStream
    from .streams import SyncByteStream as SyncByteStream
    from .sync_client import BaseSyncClient as BaseSyncClient
    from .timeout import DEFAULT_LIMITS as DEFAULT_LIMITS
    from .timeout import DEFAULT_TIMEOUT as DEFAULT_TIMEOUT
    from .timeout import Limits as Limits
    from .timeout import Timeout as Timeout
    from .transport import Transport as Transport
    from .typed_streams import Items as Items
    from .unions import ShapedUnion as ShapedUnion
    from .unions import UnknownVariant as UnknownVariant
    from .unions import Variant as Variant
    from .webhooks import Webhook as Webhook
    from .webhooks import parse_webhook as parse_webhook
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
            "AuthorizationCode": "oauth_code",
            "AuthorizationRequest": "oauth_code",
            "BadRequestError": "errors",
            "BaseClient": "client",
            "BaseSyncClient": "sync_client",
            "Basic": "credentials",
            "Bearer": "credentials",
            "ByteStream": "streams",
            "ClientCredentials": "oauth2",
            "ConflictError": "errors",
            "ConnectError": "errors",
            "Credential": "credentials",
            "DeadlineError": "errors",
            "DecodeError": "errors",
            "DeviceAuthorization": "oauth_code",
            "DeviceCode": "oauth_code",
            "DurationText": "duration_text",
            "Error": "errors",
            "EventSource": "event_stream",
            "EventStream": "event_stream",
            "File": "files",
            "ForbiddenError": "errors",
            "Headers": "http",
            "HeadersLike": "http",
            "Int64Text": "int_text",
            "Items": "typed_streams",
            "LimitError": "errors",
            "Limits": "timeout",
            "LineStream": "line_stream",
            "Middleware": "options",
            "Model": "model",
            "NotFoundError": "errors",
            "OAuth2": "oauth2",
            "OpenFloat": "enums",
            "OpenInt": "enums",
            "OpenModel": "open_model",
            "OpenStr": "enums",
            "Operation": "operation",
            "Password": "oauth2",
            "Portal": "portal",
            "ProtocolError": "errors",
            "ProviderMetadata": "oidc",
            "QueryLike": "http",
            "RateLimitError": "errors",
            "RawResponse": "resources",
            "RawResponseWith": "response_headers",
            "RedirectError": "errors",
            "RefreshToken": "oauth2",
            "Rejection": "server",
            "Request": "http",
            "RequestBody": "http",
            "RequestError": "errors",
            "Resource": "resources",
            "Response": "http",
            "ScriptedTransport": "scripted",
            "Send": "options",
            "ServerError": "errors",
            "ServerSentEvent": "event_stream",
            "ServerUrl": "servers",
            "ShapedUnion": "unions",
            "StatusError": "errors",
            "SyncByteStream": "streams",
            "SyncEventStream": "event_stream",
            "SyncLineStream": "line_stream",
            "SyncRawResponse": "resources",
            "SyncRawResponseWith": "response_headers",
            "SyncResource": "resources",
            "Timeout": "timeout",
            "Token": "oauth_token",
            "TokenError": "errors",
            "Transport": "transport",
            "TransportError": "errors",
            "TruncatedError": "errors",
            "UInt64Text": "int_text",
            "UnauthorizedError": "errors",
            "UnknownVariant": "unions",
            "UnprocessableError": "errors",
            "UnsetType": "model",
            "Variant": "unions",
            "Webhook": "webhooks",
            "answer": "scripted",
            "as_raw": "resources",
            "as_raw_sync": "resources",
            "as_raw_sync_with_headers": "response_headers",
            "as_raw_with_headers": "response_headers",
            "deprecated": "deprecation",
            "discover": "oidc",
            "discover_sync": "oidc",
            "errors": "",
            "field": "model",
            "get_portal": "portal",
            "is_known": "enums",
            "parse_webhook": "webhooks",
            "replace": "open_model",
            "with_part_headers": "part_headers",
        },
    )
