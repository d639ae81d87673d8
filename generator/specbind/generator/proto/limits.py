"""Bounds against inputs that are made to exhaust the reader. Real protos stay far below all of them."""

from __future__ import annotations

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_FILES", "MAX_FINDINGS", "PROTOC_SECONDS"]

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of one descriptor set. All of googleapis has about 40 MiB.

It bounds the time of reading, too: a MiB takes a few seconds."""

MAX_DEPTH = 64
"""Messages nested in messages, and values in options. protoc itself stops at 32."""

MAX_FILES = 20_000
"""Files of one descriptor set."""

MAX_FINDINGS = 200
"""Findings of protoc that are passed on."""

PROTOC_SECONDS = 120.0
"""How long protoc may run. All of googleapis takes some ten seconds."""
