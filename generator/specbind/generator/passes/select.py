"""Part of an Api: the operations that selectors name, and what these need."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from specbind.generator.codes import Code
from specbind.generator.diagnostics import Diagnostic, Place, Severity, SpecError
from specbind.generator.ir.graph import all_operations, operation_types, payloads, references, types_of
from specbind.generator.ir.model import Object

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api, Definition, Link, Operation, Response, Type

__all__ = ["select"]

_KINDS = ("tag", "path", "operation")
_WILDCARD = re.compile(r"(/\*\*\Z|\*\*|\*|\?)")
_MEANING = {"/**": r"(?:/.*)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}


def select(api: Api, include: Sequence[str], exclude: Sequence[str], diagnostics: Diagnostics) -> Api:
    """The Api with the operations that a selector of `include` names (all where there is none) and none of `exclude`.

    Selectors are `tag:NAME`, `path:GLOB` and `operation:GLOB`. In globs `*` and `?` stay within a path segment, `**`
    does not, and `/**` at the end also means the path before it. A webhook's path is its name, an rpc's is
    `/package.Service/Method`. Definitions, security
    schemes and services that nothing uses any more are left out; one note counts them. Call it before the passes.

    Raises:
        SpecError: a selector is malformed, or no operation is left.
    """
    if not include and not exclude:
        return api
    wanted = [_selector(text, "--include") for text in include]
    unwanted = [_selector(text, "--exclude") for text in exclude]
    for selector in (*wanted, *unwanted):
        _check(selector, api, diagnostics)

    def is_kept(operation: Operation) -> bool:
        return (not wanted or any(found.names(operation) for found in wanted)) and not any(
            found.names(operation) for found in unwanted
        )

    services = tuple(
        replace(service, operations=kept)
        for service in api.services
        if (kept := tuple(filter(is_kept, service.operations))) or not service.operations
    )
    part = replace(api, services=services, webhooks=tuple(filter(is_kept, api.webhooks)))
    if not any(service.operations for service in services) and not part.webhooks:
        message = "the selectors leave no operation"
        raise SpecError(Diagnostic(str(Code.SELECTOR), Severity.ERROR, message, Place("--include")))
    part = _pruned(part)
    _note(api, part, diagnostics)
    return part


class _Selector(NamedTuple):
    """A selector that was read; `option` is where it was given."""

    text: str
    option: str
    kind: str
    pattern: re.Pattern[str]

    def names(self, operation: Operation) -> bool:
        """Whether it names an operation."""
        if self.kind == "tag":
            return any(self.pattern.fullmatch(tag) for tag in operation.tags or ("",))
        if self.kind == "operation":
            return self.pattern.fullmatch(operation.id) is not None
        return self.pattern.fullmatch(operation.binding.path) is not None


def _selector(text: str, option: str) -> _Selector:
    kind, colon, value = text.partition(":")
    if not colon or kind not in _KINDS:
        message = f"{text!r} is no selector"
        hint = "selectors are tag:NAME, path:/pets/** and operation:list*"
        raise SpecError(Diagnostic(str(Code.SELECTOR), Severity.ERROR, message, Place(option), hint))
    if kind == "tag":
        return _Selector(text, option, kind, re.compile(re.escape(value)))
    parts = _WILDCARD.split(re.sub(r"\*{3,}", "**", value))
    glob = "".join(_MEANING.get(part, re.escape(part)) for part in parts)
    return _Selector(text, option, kind, re.compile(glob, re.DOTALL))


def _check(selector: _Selector, api: Api, diagnostics: Diagnostics) -> None:
    operations = (*(found for service in api.services for found in service.operations), *api.webhooks)
    if not any(selector.names(operation) for operation in operations):
        message = f"the selector {selector.text!r} matches no operation"
        diagnostics.add(Diagnostic(str(Code.SELECTOR_UNMATCHED), Severity.WARNING, message, Place(selector.option)))


def _pruned(api: Api) -> Api:
    """The Api without what its operations do not need."""
    operations = list(all_operations(api))
    definitions = {definition.id: definition for definition in api.definitions}
    used = _reachable(operations, definitions)
    for extension in api.extensions:
        if extension.extendee in used:
            used |= _reachable_from([extension.field.type], definitions)
    schemes = {scheme for found in operations for needed in found.security for scheme, _ in needed}
    ids = {operation.id for operation in operations}
    return replace(
        api,
        definitions=tuple(found for found in api.definitions if found.id in used),
        security_schemes=tuple(scheme for scheme in api.security_schemes if scheme.id in schemes),
        extensions=tuple(found for found in api.extensions if found.extendee in used),
        services=tuple(
            replace(service, operations=tuple(_unlinked(found, ids) for found in service.operations))
            for service in api.services
        ),
    )


def _reachable(operations: Iterable[Operation], definitions: dict[str, Definition]) -> set[str]:
    types: list[Type] = []
    for operation in operations:
        types.extend(operation_types(operation))
        types.extend(payload.failure for payload in payloads(operation) if payload.failure is not None)
    return _reachable_from(types, definitions)


def _reachable_from(types: Iterable[Type], definitions: dict[str, Definition]) -> set[str]:
    stack = list(references(types))
    found: set[str] = set()
    while stack:
        name = stack.pop()
        definition = definitions.get(name)
        if definition is None or name in found:
            continue
        found.add(name)
        stack.extend(references(types_of(definition)))
        if isinstance(definition, Object):
            stack.extend(definition.bases)
    return found


def _unlinked(operation: Operation, ids: set[str]) -> Operation:
    """The operation, its links to operations that were left out being links to elsewhere."""
    if not any(link.operation and link.operation not in ids for found in operation.responses for link in found.links):
        return operation

    def link(found: Link) -> Link:
        lost = found.operation and found.operation not in ids
        return replace(found, operation="", reference=found.operation) if lost else found

    def response(found: Response) -> Response:
        return replace(found, links=tuple(map(link, found.links)))

    return replace(operation, responses=tuple(map(response, operation.responses)))


def _note(whole: Api, part: Api, diagnostics: Diagnostics) -> None:
    counts = [
        f"{len(before) - len(after)} of {len(before)} {what}"
        for what, before, after in (
            ("operations", list(all_operations(whole)), list(all_operations(part))),
            ("types", whole.definitions, part.definitions),
            ("security schemes", whole.security_schemes, part.security_schemes),
            ("services", whole.services, part.services),
        )
        if len(before) != len(after)
    ]
    if counts:
        message = f"selectors leave out {', '.join(counts)}"
        diagnostics.add(Diagnostic(str(Code.SELECTED), Severity.NOTE, message, Place(diagnostics.file)))
