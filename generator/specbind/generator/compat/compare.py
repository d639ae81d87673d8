"""Two versions of an API compared: the entry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from specbind.generator.diagnostics import Place
from specbind.generator.ir.model import GrpcBinding, HttpBinding

from .bodies import compare_answers, compare_bodies
from .findings import Finding, Log, Site
from .keywords import compare_keywords
from .parameters import compare_parameters, path_names
from .rules import Flow, Impact, Rule
from .security import compare_requirements, compare_schemes, compare_servers
from .types import TypeComparison

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from specbind.generator.diagnostics import Diagnostics
    from specbind.generator.ir.model import Api, Callback, Operation

__all__ = ["Comparison", "compare", "locate"]

_BRACES = re.compile(r"\{[^{}]*\}")
_UNSEEN = (
    "the documents differ in something that the model does not carry: the version, comments, layout, or keywords "
    "(SB208) of a model that was printed, or in another file; look at that by eye"
)
_ROOT = Site(("", "", Flow.SENT), "", "#", "#")


class Comparison(Struct, frozen=True, kw_only=True):
    """What differs between two versions, heaviest first."""

    old_version: str
    new_version: str
    findings: tuple[Finding, ...]

    @property
    def impact(self) -> Impact | None:
        """The heaviest impact; None where nothing differs."""
        return max((found.impact for found in self.findings), default=None)

    @property
    def bump(self) -> str:
        """The part of a semantic version to raise: major, minor, patch or none."""
        return self.impact.bump if self.impact is not None else "none"

    def reaches(self, threshold: str) -> bool:
        """Whether anything found weighs as much as `breaking`, `source` or `any` says; `never` is out of reach."""
        impact = self.impact
        if impact is None or threshold == "never":
            return False
        return impact >= {"breaking": Impact.BREAKING, "source": Impact.SOURCE, "any": Impact.NOTE}[threshold]


def locate(comparison: Comparison, old: Diagnostics, new: Diagnostics) -> dict[Finding, Place]:
    """Where every finding stands: in the old document what was removed, in the new one what else changed."""
    places: dict[Finding, Place] = {}
    for side, removed in ((old, True), (new, False)):
        found = [item for item in comparison.findings if item.removed is removed]
        known = side.places(side.file, {item.source for item in found if item.source})
        places.update({item: known.get(item.source, Place(side.file)) for item in found})
    return places


def compare(old: Api, new: Api, documents: tuple[Diagnostics, Diagnostics] | None = None) -> Comparison:
    """What differs between two Apis whose passes have run. Pure; the same two give the same findings in order.

    With the findings of their `documents`, keywords that no model carries are compared too.
    """
    log = Log()
    types = TypeComparison(old, new, log)
    if old.title != new.title:
        log.add(Rule.TITLE, _ROOT.inside("", "#/info/title", "#/info/title"), f"was {old.title!r}, is {new.title!r}")
    compare_servers(log, old.servers, new.servers, _ROOT.inside("", "#/servers", "#/servers"))
    place = "#/components/securitySchemes"
    compare_schemes(log, old.security_schemes, new.security_schemes, _ROOT.inside("", place, place))
    _compare_operations(types, _called(old), _called(new), Flow.SENT)
    _compare_operations(types, _webhooks(old), _webhooks(new), Flow.RECEIVED)
    types.run()
    _compare_unused(types)
    if documents is not None:
        compare_keywords(types, *documents, same=old.spec_sha256 == new.spec_sha256)
    if not len(log) and _core(old) != _core(new):
        log.add(Rule.OTHER, _ROOT, "texts, examples, order or the like have changed")
    if not len(log) and old.spec_sha256 and new.spec_sha256 and old.spec_sha256 != new.spec_sha256:
        log.add(Rule.UNSEEN, _ROOT, _UNSEEN)
    return Comparison(old_version=old.version, new_version=new.version, findings=log.findings())


class _Call(NamedTuple):
    """An operation with the service that it belongs to, or the callback; of webhooks both are ""."""

    operation: Operation
    group: str = ""
    scope: str = ""


def _called(api: Api) -> list[_Call]:
    return [_Call(operation, service.id) for service in api.services for operation in service.operations]


def _webhooks(api: Api) -> list[_Call]:
    return [_Call(operation) for operation in api.webhooks]


def _written(operation: Operation) -> tuple[str, ...]:
    binding = operation.binding
    return ("rpc", binding.path) if isinstance(binding, GrpcBinding) else (binding.method, binding.path, binding.query)


def _key(operation: Operation) -> tuple[str, ...]:
    """What tells operations apart on the wire; names of path parameters do not."""
    binding = operation.binding
    if isinstance(binding, GrpcBinding):
        return ("rpc", binding.path)
    return (binding.method.upper(), _BRACES.sub("{}", binding.path), binding.query)


def _compare_operations(types: TypeComparison, old: list[_Call], new: list[_Call], flow: Flow) -> None:
    """Pair operations and compare them; `flow` is that of the request."""
    pairs, gone, added = _paired(old, new)
    for call in gone:
        site = _site(call.operation, call.operation, flow)
        types.log.add(Rule.OPERATION_REMOVED, site, f"{_words(call.operation)} is gone", removed=True)
    for call in added:
        site = _site(call.operation, call.operation, flow)
        types.log.add(Rule.OPERATION_ADDED, site, f"{_words(call.operation)} is new")
    for call, other in pairs:
        _compare_calls(types, call, other, flow)


def _paired(old: list[_Call], new: list[_Call]) -> tuple[list[tuple[_Call, _Call]], list[_Call], list[_Call]]:
    """Pairs by method and path as written, then names of path parameters aside, then by id; and what has no partner."""
    pairs: list[tuple[_Call, _Call]] = []
    by: tuple[Callable[[_Call], tuple[str, ...]], ...] = (
        lambda call: (call.scope, *_written(call.operation)),
        lambda call: (call.scope, *_key(call.operation)),
        lambda call: (call.operation.id,),
    )
    for key in by:
        partners: dict[tuple[str, ...], list[_Call]] = {}
        for call in reversed(new):
            partners.setdefault(key(call), []).append(call)
        found = [(call, partners[key(call)].pop()) for call in old if partners.get(key(call))]
        taken = {id(call) for pair in found for call in pair}
        old, new = ([call for call in side if id(call) not in taken] for side in (old, new))
        pairs += found
    return pairs, old, new


def _site(old: Operation, new: Operation, flow: Flow) -> Site:
    return Site(("", new.id, flow), "", old.source, new.source)


def _words(operation: Operation) -> str:
    binding = operation.binding
    return binding.path if isinstance(binding, GrpcBinding) else f"{binding.method} {binding.path}"


def _compare_calls(types: TypeComparison, before: _Call, after: _Call, flow: Flow) -> None:
    old, new = before.operation, after.operation
    log = types.log
    request = _site(old, new, flow)
    answer = request._replace(node=("", new.id, flow.opposite))
    if old.id != new.id:
        log.add(Rule.OPERATION_RENAMED, request, f"was {old.id}, is {new.id}")
    elif old.name != new.name:
        log.add(Rule.OPERATION_RENAMED, request, f"was {old.name or old.id}, is {new.name or new.id}")
    if before.group != after.group:
        log.add(Rule.OPERATION_REGROUPED, request, f"was in {before.group or 'none'}, is in {after.group or 'none'}")
    if (old.safe, old.idempotent) != (new.safe, new.idempotent):
        log.add(Rule.OPERATION_REPEATABLE, request, f"may {'now' if new.idempotent else 'no longer'} be repeated")
    if old.deprecated != new.deprecated:
        log.add(Rule.DEPRECATED if new.deprecated else Rule.UNDEPRECATED, request, "the operation")
    names = _compare_bindings(log, old, new, request)
    compare_requirements(log, old.security, new.security, request)
    if old.servers or new.servers:  # of its own; else those of the document hold, which are compared once
        compare_servers(log, old.servers or types.old.servers, new.servers or types.new.servers, request)
    compare_parameters(types, old.parameters, new.parameters, request, renamed=names)
    compare_bodies(types, old.body, new.body, request)
    compare_answers(types, old.responses, new.responses, answer)
    _compare_operations(types, _callbacks(old.callbacks), _callbacks(new.callbacks), flow.opposite)


def _compare_bindings(log: Log, old: Operation, new: Operation, site: Site) -> dict[str, str]:
    """Compare methods and paths; gives the new names of path parameters by their old ones."""
    if _key(old) != _key(new):
        log.add(Rule.OPERATION_MOVED, site, f"was {_words(old)}, is {_words(new)}")
    before, after = old.binding, new.binding
    if isinstance(before, GrpcBinding) and isinstance(after, GrpcBinding) and before.stream is not after.stream:
        log.add(Rule.STREAM_KIND, site, f"was {before.stream.value}, is {after.stream.value}")
    if isinstance(before, HttpBinding) and isinstance(after, HttpBinding):
        return path_names(before.path, after.path)
    return {}


def _callbacks(callbacks: Iterable[Callback]) -> list[_Call]:
    return [_Call(operation, scope=callback.name) for callback in callbacks for operation in callback.operations]


def _compare_unused(types: TypeComparison) -> None:
    """Named types that no operation leads to have classes too; those that came or went are named."""
    compared = types.compared
    old_seen, new_seen = {old for old, _ in compared}, {new for _, new in compared}
    for name, definition in types.old.by_id.items():
        site = Site(("", "", Flow.UNUSED), name, definition.source, definition.source)
        if name in types.new.by_id:
            if name not in old_seen and name not in new_seen:
                types.pair(name, name, site)
        elif name not in old_seen:
            types.log.add(Rule.DEFINITION_REMOVED, site, "the type is gone", removed=True)
    for name, definition in types.new.by_id.items():
        if name not in types.old.by_id and name not in new_seen:
            site = Site(("", "", Flow.UNUSED), name, definition.source, definition.source)
            types.log.add(Rule.DEFINITION_ADDED, site, "the type is new")
    types.run()


def _core(api: Api) -> bytes:
    """The model without what says where it was read."""
    return msgspec.json.encode(replace(api, name="", version="", spec_sha256="", spec_files=()))
