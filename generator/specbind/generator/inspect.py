"""What stands in an Api, as a page of text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .ir.model import GrpcBinding

if TYPE_CHECKING:
    from .ir.model import Api, Operation

__all__ = ["summary"]


def summary(api: Api) -> str:
    """Title, counts, and one line per operation. Free of control characters."""
    kinds = Counter(type(definition).__name__.lower() for definition in api.definitions)
    lines = [
        f"{_plain(api.title or api.name)} {_plain(api.version)}",
        f"servers     {', '.join(_plain(server.url) for server in api.servers) or 'none stated'}",
        f"security    {', '.join(_plain(scheme.id) for scheme in api.security_schemes) or 'none stated'}",
        f"types       {len(api.definitions)}: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())),
        f"operations  {sum(len(service.operations) for service in api.services)}",
    ]
    for service in api.services:
        lines.append(f"\n{_plain(service.id or '(no tag)')}")
        lines.extend(f"  {_line(operation)}" for operation in service.operations)
    return "\n".join(lines)


def _line(operation: Operation) -> str:
    binding = operation.binding
    if isinstance(binding, GrpcBinding):
        return f"rpc     {_plain(binding.path)}"
    return f"{_plain(binding.method):7} {_plain(binding.path)}  {_plain(operation.id)}"


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
