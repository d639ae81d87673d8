"""Which redirects are followed, and what goes with them.

301 and 302 turn POST into GET, 303 turns everything but HEAD into GET, 307 and 308 send the same again if the body can
be read again. Only http and https, never from https to http, never to another host at a link-local address or at one
where a cloud gives credentials to its machines: addresses in every form are judged here, and those of names by the
transport, which is told by `Request.guarded` (names that a proxy looks up are not judged). Other private addresses and
loopback are followed. On a change of scheme, host or port every credential and every header outside a short list is
dropped, and a body is not sent at all; a request that is `same_origin` does not go there.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from multidict import CIMultiDict

from .addresses import is_forbidden
from .errors import RedirectError, RequestError
from .http import Mark, Request, origin

__all__ = ["REDIRECTS", "redirected", "without_credentials"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEPT = frozenset({
    "accept", "accept-encoding", "accept-language", "user-agent", "range", "if-range", "if-match", "if-none-match",
    "if-modified-since", "if-unmodified-since", "cache-control",
})  # fmt: skip
_OF_BODY = ("Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Expect")
_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")


def redirected(request: Request, status: int, location: str | None, *, hosts: tuple[str, ...] = ()) -> Request:
    """Give the request that follows a redirect.

    Args:
        request: what was sent, credentials included.
        status: status of the answer.
        location: its Location header, None if there is none.
        hosts: the hosts so far, for the error.

    Raises:
        RedirectError: it is not followed.
    """
    target = _target(request, location, hosts)
    old, new = origin(request.url), origin(target)
    method = request.method
    body = request.body
    if request.same_origin and old != new:
        raise RedirectError(
            f"the answer {status} of {_place(old)} sends the call to another origin, {_place(new)}; if that is the "
            "server's address, make the client with it, else see what stands before the server, as a login page",
            hosts=hosts,
        )
    drops_body = (status == 303 and method != "HEAD") or (status in {301, 302} and method == "POST")
    if drops_body:
        method, body = "GET", None
    if body is not None and old != new:
        raise RedirectError(f"the answer {status} asks to send the body to another origin, {_place(new)}", hosts=hosts)
    if body is not None and not request.repeatable:
        raise RedirectError(
            f"the answer {status} asks to send the body again, and it cannot be read again", hosts=hosts
        )
    headers = request.headers.copy()
    if old != new:
        kept = _KEPT - {mark.name.lower() for mark in request.marks if mark.location == "header"}
        headers = CIMultiDict((name, text) for name, text in headers.items() if name.lower() in kept)
        marks: tuple[Mark, ...] = ()
        target = _without_secrets(target, request.marks)
    else:
        marks = request.marks
        target = _with_secrets(target, marks)
    if drops_body:
        for name in _OF_BODY:
            headers.popall(name, None)
    following = request.copy()
    following.method, following.url, following.headers, following.body, following.marks = (
        method,
        target,
        headers,
        body,
        marks,
    )
    following.security = request.security if old == new else ()  # another origin gets none, whatever it asks for
    following.guarded = request.guarded or old[1] != new[1]
    return following


def without_credentials(request: Request) -> Request:
    """Give the request without its credentials, for new ones."""
    bare = request.copy()
    marked = {place: {mark.name for mark in request.marks if mark.location == place} for place in ("query", "cookie")}
    for mark in request.marks:
        if mark.location == "header":
            bare.headers.popall(mark.name, None)
    parts = urlsplit(request.url)
    query = "&".join(pair for pair in parts.query.split("&") if _name(pair) not in marked["query"])
    bare.url = urlunsplit(parts._replace(query=query))
    cookies = [pair.strip() for pair in bare.headers.pop("Cookie", "").split(";")]
    if jar := "; ".join(pair for pair in cookies if pair and _name(pair) not in marked["cookie"]):
        bare.headers["Cookie"] = jar
    bare.marks = ()
    return bare


def _name(pair: str) -> str:
    return unquote(pair.partition("=")[0])


def _target(request: Request, location: str | None, hosts: tuple[str, ...]) -> str:
    if not location:
        raise RedirectError("the redirect has no Location", hosts=hosts)
    if _CONTROL.search(location) is not None:
        raise RedirectError("the redirect's Location has spaces, backslashes or control characters in it", hosts=hosts)
    try:
        parts = urlsplit(urljoin(request.url, location))
        old, new = origin(request.url), origin(parts.geturl())
    except (ValueError, RequestError):
        raise RedirectError("the redirect's Location is not a URL", hosts=hosts) from None
    scheme, host, _ = new
    if scheme not in {"http", "https"} or not host:
        raise RedirectError(f"a redirect to {scheme[:20]!r} is not followed, only http and https", hosts=hosts)
    if old[0] == "https" and scheme == "http":
        raise RedirectError(f"a redirect from https to http is not followed (to {host})", hosts=hosts)
    if (request.guarded or host != old[1]) and is_forbidden(host):
        raise RedirectError(f"a redirect to the link-local address {host} is not followed", hosts=hosts)
    # a name and password in the Location would become a credential that the caller never gave
    netloc = parts.netloc.rpartition("@")[2]
    safe = "/:?#[]@!$&'()*+,;=%-._~"
    return urlunsplit((scheme, netloc, quote(parts.path, safe=safe), quote(parts.query, safe=safe), ""))


def _place(where: tuple[str, str, int]) -> str:
    return f"{where[0]}://{where[1]}:{where[2]}"


def _secret_pairs(marks: tuple[Mark, ...]) -> list[Mark]:
    return [mark for mark in marks if mark.location == "query"]


def _without_secrets(url: str, marks: tuple[Mark, ...]) -> str:
    secrets = {mark.secret for mark in marks}
    names = {mark.name for mark in _secret_pairs(marks)}
    if not secrets:
        return url
    parts = urlsplit(url)
    pairs = [
        pair
        for pair in parts.query.split("&")
        if unquote(pair.partition("=")[2]) not in secrets or unquote(pair.partition("=")[0]) not in names
    ]
    return urlunsplit(parts._replace(query="&".join(pairs)))


def _with_secrets(url: str, marks: tuple[Mark, ...]) -> str:
    parts = urlsplit(url)
    pairs = [pair for pair in parts.query.split("&") if pair]
    there = {unquote(pair.partition("=")[0]) for pair in pairs}
    pairs += [
        f"{quote(m.name, safe='')}={quote(m.secret, safe='')}" for m in _secret_pairs(marks) if m.name not in there
    ]
    return urlunsplit(parts._replace(query="&".join(pairs)))
