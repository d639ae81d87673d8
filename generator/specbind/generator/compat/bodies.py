"""Request bodies, answers and their payloads compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .parameters import compare_parameters
from .parts import compare_parts
from .rules import Flow, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.ir.model import Body, Event, Payload, Response

    from .findings import Site
    from .types import TypeComparison

__all__ = ["compare_answers", "compare_bodies"]


def compare_bodies(types: TypeComparison, old: Body | None, new: Body | None, site: Site) -> None:
    """Compare the bodies of two requests."""
    log = types.log
    if old is None or new is None:
        if new is not None:
            rule = Rule.BODY_ADDED_REQUIRED if new.required else Rule.BODY_ADDED
            log.add(rule, site, f"a body is new{', and required' if new.required else ''}", source=new.source)
        elif old is not None:
            log.add(Rule.BODY_REMOVED, site, "the body is gone", removed=True, source=old.source)
        return
    within = site.inside("body", old.source, new.source)
    if old.required != new.required:
        rule = Rule.VALUE_REQUIRED if new.required else Rule.VALUE_OPTIONAL
        log.add(rule, within, f"is {'required' if new.required else 'optional'} now")
    _compare_payloads(types, old.payloads, new.payloads, within)


def _compare_payloads(types: TypeComparison, old: Sequence[Payload], new: Sequence[Payload], site: Site) -> None:
    before = {_canonical(payload.media): payload for payload in old}
    after = {_canonical(payload.media): payload for payload in new}
    for media, payload in before.items():
        if media in after:
            _compare_payload(types, payload, after[media], site.inside(f" {after[media].media}"))
        else:
            types.log.add(Rule.MEDIA_REMOVED, site, f"no longer {payload.media or 'anything'}", removed=True)
    for media, payload in after.items():
        if media not in before:
            types.log.add(Rule.MEDIA_ADDED, site, f"also {payload.media or 'anything'}")


def _canonical(media: str) -> str:
    """A media type in one spelling; UTF-8 is what is meant where nothing is said."""
    parts = [part.strip() for part in media.lower().split(";")]
    return ";".join(part for part in parts if part.replace('"', "") != "charset=utf-8")


def _compare_payload(types: TypeComparison, old: Payload, new: Payload, site: Site) -> None:
    log = types.log
    types.compare(old.type, new.type, site)
    if old.item is not None and new.item is not None:
        types.compare(old.item, new.item, site.inside(" item"))
    elif old.item is not None or new.item is not None:
        log.add(Rule.STREAM_KIND, site, "is a sequence of items now" if new.item else "is no sequence any more")
    if (old.failure is None) != (new.failure is None):
        log.add(Rule.FAILURE, site, "may be a failure now" if new.failure else "is no failure any more")
    elif old.failure is not None and new.failure is not None:
        types.compare(old.failure, new.failure, site.inside(" failure"))
    _compare_events(types, old.events, new.events, site)
    compare_parts(types, old, new, site)


def _compare_events(types: TypeComparison, old: Sequence[Event], new: Sequence[Event], site: Site) -> None:
    before = {event.name: event for event in old}
    after = {event.name: event for event in new}
    for name, event in before.items():
        within = site.inside(f" event {name or 'of any kind'}")
        if name in after:
            types.compare(event.type, after[name].type, within)
        elif new:
            types.log.add(Rule.VARIANT_REMOVED, within, "the kind of event is gone", removed=True)
    for name in after.keys() - before.keys() if old else ():
        types.log.add(Rule.VARIANT_ADDED, site.inside(f" event {name or 'of any kind'}"), "the kind of event is new")


def compare_answers(types: TypeComparison, old: Sequence[Response], new: Sequence[Response], site: Site) -> None:
    """Compare the answers of two operations, status by status."""
    log = types.log
    before = {response.status: response for response in old}
    after = {response.status: response for response in new}
    for status, response in before.items():
        within = site.inside(f"answer {status}", response.source, after[status].source if status in after else "")
        other = status if status in after else _cover(status, after, error=response.error)
        if status not in after and (response.error or not other):
            rule = Rule.ERROR_REMOVED if response.error else Rule.ANSWER_REMOVED
            log.add(rule, within, "the status is gone", removed=True, source=response.source)
        if other:
            _compare_answer(types, response, after[other], within)
    for status, response in after.items():
        if status not in before:
            _added_answer(types, before, response, site.inside(f"answer {status}", "", response.source))


def _added_answer(types: TypeComparison, before: dict[str, Response], new: Response, site: Site) -> None:
    covered = _cover(new.status, before, error=new.error)
    if new.error:
        types.log.add(Rule.ERROR_ADDED, site, "the status is new")
    elif not before:
        types.log.add(Rule.ANSWER_STATED, site, "the status is declared now")
    elif not covered:
        types.log.add(Rule.ANSWER_ADDED, site, "the status is new")
    if covered:
        _compare_answer(types, before[covered], new, site)


def _cover(status: str, others: dict[str, Response], *, error: bool = False) -> str:
    """The range, or `default`, that a status belongs to where it is not stated itself; "" for none.

    A `default` that is raised covers errors alone.
    """
    wide = f"{status[:1]}XX"
    if wide != status and wide in others:
        return wide
    if status == "default" or "default" not in others or (others["default"].error and not error):
        return ""
    return "default"


def _compare_answer(types: TypeComparison, old: Response, new: Response, site: Site) -> None:
    if old.error != new.error:
        types.log.add(Rule.ANSWER_KIND, site, f"is {'raised' if new.error else 'returned'} now")
    compare_parameters(types, old.headers, new.headers, site, noun="header")
    if old.payloads or new.payloads:
        _compare_contents(types, old, new, site)
    if [(link.name, link.operation, link.parameters) for link in old.links] != [
        (link.name, link.operation, link.parameters) for link in new.links
    ]:
        types.log.add(Rule.LINK, site, "its links have changed")


def _compare_contents(types: TypeComparison, old: Response, new: Response, site: Site) -> None:
    if not old.payloads:
        rule = Rule.BODY_ADDED
    elif not new.payloads:
        rule = Rule.BODY_REMOVED
    else:
        _compare_payloads(types, old.payloads, new.payloads, site)
        return
    gone = rule is Rule.BODY_REMOVED
    if gone and site.node[2] is Flow.RECEIVED and old.error:
        rule = Rule.ERROR_REMOVED
    types.log.add(rule, site, "has no body any more" if gone else "has a body now", removed=gone)
