"""Servers, security schemes and what calls ask of them, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from specbind.generator.ir.model import ApiKeyScheme, HttpScheme, OAuth2Scheme, OtherScheme, Server

from .rules import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specbind.generator.ir.model import OAuthFlow, SecurityScheme

    from .findings import Log, Site

__all__ = ["compare_requirements", "compare_schemes", "compare_servers"]

_ROOT = (Server("/"),)
Requirement: TypeAlias = "tuple[tuple[str, tuple[str, ...]], ...]"


def compare_servers(log: Log, old: Sequence[Server], new: Sequence[Server], site: Site) -> None:
    """Compare base URLs. A document that states none means `/`; at which host, it does not say."""
    before = {_canonical(server): server for server in old or _ROOT}
    after = {_canonical(server): server for server in new or _ROOT}
    if not old and any(_is_root(url) for url in after):
        before = {url: server for url, server in after.items() if not url}
    if not new and any(_is_root(url) for url in before):
        after = {url: server for url, server in before.items() if not url}
    for url, server in before.items():
        if url not in after:
            log.add(Rule.SERVER_REMOVED, site, f"the server {url or '/'} is gone", removed=True)
        elif [found[:3] for found in server.variables] != [found[:3] for found in after[url].variables]:
            rule = Rule.SERVER_VARIABLES if _takes_all(server, after[url]) else Rule.SERVER_VALUE_REMOVED
            log.add(rule, site, f"the variables of {url} have changed")
    for url in after:
        if url not in before:
            log.add(Rule.SERVER_ADDED, site, f"the server {url or '/'} is new")
    if old and new and _canonical(old[0]) != _canonical(new[0]) and _canonical(old[0]) in after:
        log.add(Rule.SERVER_DEFAULT, site, f"the first server was {old[0].url}, is {new[0].url}")


def _canonical(server: Server) -> str:
    """A server's URL; a slash at its end says nothing."""
    return server.url.rstrip("/")


def _is_root(url: str) -> bool:
    """Whether a URL has no path."""
    return "/" not in url.partition("://")[2] if "://" in url else not url


def _takes_all(old: Server, new: Server) -> bool:
    """Whether every value of the old variables is one of the new ones; no list of values means any."""
    after = {name: values for name, _, values, _ in new.variables}
    return all(
        name in after and (not after[name] or (bool(values) and {*values} <= {*after[name]}))
        for name, _, values, _ in old.variables
    )


def compare_requirements(log: Log, old: Sequence[Requirement], new: Sequence[Requirement], site: Site) -> None:
    """Compare the alternatives of which a call has to meet one. None stated is the same as anonymous."""
    before, after = [*map(dict, old)] or [{}], [*map(dict, new)] or [{}]
    for alternative in before:
        if not any(_suffices(alternative, other) for other in after):
            log.add(Rule.SECURITY_REMOVED, site, f"{_words(alternative)} no longer suffices", removed=True)
    for alternative in after:
        if not any(_suffices(alternative, other) for other in before):
            log.add(Rule.SECURITY_ADDED, site, f"{_words(alternative)} suffices now")


def _suffices(given: dict[str, tuple[str, ...]], wanted: dict[str, tuple[str, ...]]) -> bool:
    return all(scheme in given and {*scopes} <= {*given[scheme]} for scheme, scopes in wanted.items())


def _words(alternative: dict[str, tuple[str, ...]]) -> str:
    return " with ".join(
        f"{scheme} ({', '.join(scopes)})" if scopes else scheme for scheme, scopes in sorted(alternative.items())
    ) or "no credential"  # fmt: skip


def compare_schemes(log: Log, old: Sequence[SecurityScheme], new: Sequence[SecurityScheme], site: Site) -> None:
    """Compare the schemes that are declared."""
    before = {scheme.id: scheme for scheme in old}
    after = {scheme.id: scheme for scheme in new}
    for name, scheme in before.items():
        if name not in after:
            log.add(Rule.SCHEME_REMOVED, site, f"the security scheme {name} is gone", removed=True)
        elif _wire(scheme) != _wire(after[name]):
            log.add(Rule.SCHEME_CHANGED, site, f"the security scheme {name} is another one")
        elif lost := _lost_flows(scheme, after[name]):
            words = f"the security scheme {name} no longer gives tokens by {', '.join(lost)} at the former address"
            log.add(Rule.SCHEME_FLOW, site, words)
        elif scheme != after[name]:
            log.add(Rule.SCHEME_DETAILS, site, f"details of the security scheme {name} have changed")
    for name in after:
        if name not in before:
            log.add(Rule.SCHEME_ADDED, site, f"the security scheme {name} is new")


def _lost_flows(old: SecurityScheme, new: SecurityScheme) -> list[str]:
    """Flows that are gone or ask another address."""
    if not isinstance(old, OAuth2Scheme) or not isinstance(new, OAuth2Scheme):
        return []
    before, after = ({_asked(flow): flow.flow for flow in scheme.flows} for scheme in (old, new))
    return sorted({before[key] for key in before.keys() - after})


def _asked(flow: OAuthFlow) -> tuple[str, ...]:
    return (flow.flow, flow.authorization_url, flow.device_authorization_url, flow.token_url)


def _wire(scheme: SecurityScheme) -> tuple[str, ...]:
    """What decides how the credential is sent."""
    match scheme:
        case ApiKeyScheme(wire=wire, location=location):
            return ("apiKey", wire.lower() if location == "header" else wire, location)
        case HttpScheme(scheme=name):
            return ("http", name)
        case OtherScheme(type=kind):
            return ("other", kind)
        case _:
            return (type(scheme).__name__,)
