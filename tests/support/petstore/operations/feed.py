"""Operations of `feed` as data."""

from __future__ import annotations

from datetime import date as Date

from .. import models
from .._runtime.event_stream import Events, EventStream
from .._runtime.line_stream import Lines, LineStream
from .._runtime.operation import Body, Header, Json, Multipart, Operation, Part, Query, Reply

__all__ = ["CHAT", "COUNT", "EXPORT", "IMPORT", "SEND", "WATCH"]

WATCH: Operation[EventStream[models.Tick]] = Operation(
    "watch",
    "GET",
    ("/watch",),
    # the type is that of an event's data; `end="..."` only where the spec names another sentinel than [DONE]
    replies=(Reply("200", Events("text/event-stream", lambda: models.Tick)),),
    idempotent=True,
    safe=True,
)

EXPORT: Operation[LineStream[models.Tick]] = Operation(
    "export", "GET", ("/export",), replies=(Reply("200", Lines("application/jsonl", lambda: models.Tick)),)
)

IMPORT: Operation[int] = Operation(
    "import",
    "POST",
    ("/import",),
    body=Body(Lines("application/x-ndjson", lambda: models.Tick), required=True),
    replies=(Reply("200", Json("application/json", lambda: int)),),
)

CHAT: Operation[models.Tick | EventStream[models.Tick]] = Operation(
    "chat",
    "GET",
    ("/chat",),
    query=(Query("stream", lambda: bool),),
    replies=(
        Reply(
            "200",
            Json("application/json", lambda: models.Tick),
            Events("text/event-stream", lambda: models.Tick),
        ),
    ),
)

COUNT: Operation[models.Labels] = Operation(
    "count",
    "GET",
    ("/count",),
    replies=(
        Reply("200", Json("application/json", lambda: models.Labels), headers=(Header("X-Rate-Limit", lambda: int),)),
        Reply("429", error=True, headers=(Header("X-Day", lambda: Date),)),
    ),
)

SEND: Operation[None] = Operation(
    "send",
    "POST",
    ("/send",),
    body=Body(
        Multipart(
            "multipart/form-data",
            lambda: models.NewPet,
            parts=(
                # encoding.contentType with several types as the spec has it; headers as parameters in headers
                Part("photo", media="image/png, image/jpeg", headers=(Header("X-Rate", lambda: int, required=True),)),
                Part("tags", style="pipeDelimited", explode=False),
            ),
        ),
        required=True,
    ),
    replies=(Reply("204"),),
)
