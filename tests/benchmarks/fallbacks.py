"""How often msgspec alone cannot read a type, over real documents, in percent of types and of operations.

A type counts that has in one of its own fields (or is itself) what a decode hook reads: a union that msgspec refuses,
an object that keeps members it does not declare, a 64-bit integer as text. An operation counts whose success answer
leads to such a type, however deep. Each package is made and read in a process of its own.
"""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import msgspec
from measuring.documents import NODEODX, github, shared, specbind_command
from measuring.processes import run_program
from measuring.rows import Report, Run, command_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

DOCUMENTS = [
    *["stripe--api.yaml", "adyen--checkoutservice-v71.json", "airflow--v2.yaml", "asana--api.yaml", "box--api.json"],
    *["digitalocean--bundled.json", "intercom--2.14.yaml", "kubernetes--converted.json", "okta--management.yaml"],
    *["oxide--nexus.json", "paypal--checkout-orders-v2.json", "qdrant--api.json", "spotify--official.yaml"],
    *["square--api.json", "tiled--api.json", "twilio--api-v2010.json"],
]
KINDS = {
    "ShapedUnion": "unions",
    "OpenModel": "open objects",
    "Int64Text": "integers as text",
    "DurationText": "durations",
    "OpenFloat": "open numbers",
}


class Counts(msgspec.Struct):
    """What one package has. The kinds count types."""

    types: int
    hooked_types: int
    operations: int
    hooked_operations: int
    kinds: dict[str, int]


def parts(kind: object) -> Iterator[object]:
    """A type and what stands in its brackets."""
    yield kind
    for part in get_args(kind):
        yield from parts(part)


def hook_of(kind: object) -> str:
    """What reads a type in place of msgspec, "" for msgspec itself."""
    if not isinstance(kind, type):
        return ""
    names = [type(kind).__name__, *(base.__name__ for base in kind.__mro__)]
    return next((KINDS[name] for name in names if name in KINDS), "")


class Graph:
    """The types of a package, what each mentions, and which hooks it needs itself."""

    def __init__(self) -> None:
        self._mentioned: dict[type, list[type]] = {}

    def mentioned(self, struct: type) -> list[type]:
        """The classes in the fields of a Struct."""
        if struct not in self._mentioned:
            hints = get_type_hints(struct).values() if hasattr(struct, "__annotations__") else ()
            found = [part for hint in hints for part in parts(hint) if isinstance(part, type)]
            self._mentioned[struct] = list(dict.fromkeys(found))
        return self._mentioned[struct]

    def hooks(self, kind: object) -> set[str]:
        """The hooks that a type needs itself."""
        own = {hook_of(part) for part in parts(kind)}
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            own |= {hook_of(part) for part in self.mentioned(kind)}
        return own - {""}

    def leads_to_hook(self, kind: object) -> bool:
        """Whether a hook is needed anywhere below a type."""
        waiting = [part for part in parts(kind) if isinstance(part, type)]
        seen: set[type] = set(waiting)
        while waiting:
            found = waiting.pop()
            if hook_of(found):
                return True
            if issubclass(found, msgspec.Struct):
                fresh = [part for part in self.mentioned(found) if part not in seen]
                seen.update(fresh)
                waiting += fresh
        return False


def modules(package: str) -> Iterator[ModuleType]:
    """The modules of a package."""
    root = importlib.import_module(package)
    for found in pkgutil.iter_modules(root.__path__):
        yield importlib.import_module(f"{package}.{found.name}")


def count(package: str) -> Counts:
    """Count in a package that can be imported."""
    graph = Graph()
    counts = Counts(0, 0, 0, 0, {})
    kinds: Counter[str] = Counter()
    for module in modules(f"{package}.models"):
        if ".group_" not in module.__name__:
            continue
        for name in module.__all__:
            hooks = graph.hooks(getattr(module, name))
            counts.types += 1
            counts.hooked_types += bool(hooks)
            kinds.update(hooks)
    for module in modules(f"{package}.operations"):
        for name in module.__all__:
            operation = getattr(module, name)
            if type(operation).__name__ == "Operation":
                counts.operations += 1
                counts.hooked_operations += any(graph.leads_to_hook(kind) for kind in answers(operation))
    counts.kinds = dict(kinds)
    return counts


def answers(operation: Any) -> Iterator[object]:
    """The types of an operation's successes in JSON."""
    for reply in operation._replies._declared:
        if not reply.error:
            yield from (codec.type() for codec in reply.codecs if type(codec).__name__ == "Json")


def counted(document: Path) -> Counts:
    """Make a package and count in it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*specbind_command(document, Path(folder)), "--allow-files", "--allow-partial"]
        if status := run_program(command, Path(folder)).status:
            raise RuntimeError(f"specbind ended with {status} on {document.name}")
        program = [sys.executable, __file__, "count", folder]
        return msgspec.json.decode(subprocess.run(program, capture_output=True, check=True).stdout, type=Counts)


def main(run: Run) -> None:
    """Count in all documents that are there."""
    report = Report("fallbacks", run)
    found = {name: shared("corpus", "openapi", name) for name in DOCUMENTS}
    documents = {"NodeODX": NODEODX} if run.quick else {"NodeODX": NODEODX, "github": github(), **found}
    total = Counts(0, 0, 0, 0, {})
    for name, document in documents.items():
        if document is None:
            report.skip(name, "the document is not there")
            continue
        counts = counted(document)
        row(report, name, counts)
        for field in ("types", "hooked_types", "operations", "hooked_operations"):
            setattr(total, field, getattr(total, field) + getattr(counts, field))
        total.kinds = dict(Counter(total.kinds) + Counter(counts.kinds))
    row(report, "together", total)
    report.close()


def row(report: Report, name: str, counts: Counts) -> None:
    """Add the two rows of a document."""
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(counts.kinds.items()))
    types, operations = max(counts.types, 1), max(counts.operations, 1)
    report.row(f"{name}: types", 100 * counts.hooked_types / types, "%", note=f"of {counts.types}; {kinds}")
    report.row(f"{name}: operations", 100 * counts.hooked_operations / operations, "%", note=f"of {counts.operations}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["count"]:
        sys.path.insert(0, sys.argv[2])
        sys.stdout.buffer.write(msgspec.json.encode(count("sdk")))
    else:
        main(command_line(__doc__ or "", 1))
