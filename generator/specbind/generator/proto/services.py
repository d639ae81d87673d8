"""Services: each rpc an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from betterproto.lib.google.protobuf import MethodOptionsIdempotencyLevel

from specbind.generator.ir.model import (
    Body,
    GrpcBinding,
    ListType,
    Operation,
    Payload,
    Ref,
    Response,
    Service,
    StreamKind,
)

from .http_rule import HTTP_OPTION, http_rules

if TYPE_CHECKING:
    from betterproto.lib.google.protobuf import MethodDescriptorProto

    from specbind.generator.ir.model import Type

    from .comments import Path
    from .options import OptionReader
    from .report import Report
    from .symbols import ServiceEntry, Symbols

__all__ = ["ServiceLowering"]

_MEDIA = "application/grpc+proto"
_STREAMS = {
    (False, False): StreamKind.NONE,
    (True, False): StreamKind.CLIENT,
    (False, True): StreamKind.SERVER,
    (True, True): StreamKind.BOTH,
}


class ServiceLowering:
    """Lowers services."""

    def __init__(self, symbols: Symbols, options: OptionReader, report: Report) -> None:
        self._symbols = symbols
        self._options = options
        self._report = report

    def lower(self, entry: ServiceEntry) -> Service:
        """The service with its rpcs, in order."""
        service, comments = entry.descriptor, entry.file.comments
        return Service(
            entry.id,
            tuple(
                self._operation(entry, method, (*entry.path, 2, number)) for number, method in enumerate(service.method)
            ),
            comments.doc(entry.path),
            package=entry.file.descriptor.package,
            deprecated=service.options.deprecated,
            source=comments.source(entry.path),
            options=self._options.read(service.options, "google.protobuf.ServiceOptions", comments.place(entry.path)),
        )

    def _operation(self, entry: ServiceEntry, method: MethodDescriptorProto, path: Path) -> Operation:
        comments = entry.file.comments
        options = dict(self._options.read(method.options, "google.protobuf.MethodOptions", comments.place(path)))
        rules = http_rules(options.pop(HTTP_OPTION, None), comments.place(path), self._report)
        level = method.options.idempotency_level
        safe = level == MethodOptionsIdempotencyLevel.NO_SIDE_EFFECTS
        request = self._payload(method.input_type, entry, path, stream=method.client_streaming)
        answer = self._payload(method.output_type, entry, path, stream=method.server_streaming)
        return Operation(
            id=f"{entry.id}.{method.name}",
            binding=GrpcBinding(
                f"/{entry.id}/{method.name}", _STREAMS[method.client_streaming, method.server_streaming], rules
            ),
            name=method.name,
            doc=comments.doc(path),
            body=Body((request,), required=True),
            responses=(Response("200", (answer,)),),
            safe=safe,
            idempotent=safe or level == MethodOptionsIdempotencyLevel.IDEMPOTENT,
            deprecated=method.options.deprecated,
            source=comments.source(path),
            options=tuple(options.items()),
        )

    def _payload(self, name: str, entry: ServiceEntry, path: Path, *, stream: bool) -> Payload:
        full = name.removeprefix(".")
        if not name.startswith(".") or full not in self._symbols.messages:
            self._symbols.fail(f"an rpc of {entry.id} has no message {name!r}", entry.file.comments.place(path))
        message: Type = Ref(full)
        return Payload(_MEDIA, ListType(message), item=message) if stream else Payload(_MEDIA, message)
