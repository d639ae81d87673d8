"""Users, their tokens, and who is asking just now."""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .answers import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Caller", "Sessions"]

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a user, in a namespace."""

    user: str
    namespace: str
    admin: bool = False


@dataclass(slots=True)
class _Token:
    caller: Caller
    ends: float


@dataclass(slots=True)
class Sessions:
    """Tokens that were given out.

    Attributes:
        passwords: password of each user; the first user may ask in the name of others.
        namespace: namespace of all users.
        lifetime: seconds that a token is good for.
        clock: monotonic seconds.
    """

    passwords: dict[str, str]
    namespace: str
    lifetime: float
    clock: Callable[[], float] = time.monotonic
    _tokens: dict[str, _Token] = field(default_factory=dict[str, _Token])

    def log_in(self, user: str, password: str) -> str:
        """Give a token for a password."""
        wanted = self.passwords.get(user, "")
        if not wanted or not hmac.compare_digest(wanted.encode(), password.encode()):
            raise refusal(401, "io.vantiq.authentication.failed", "The user {0} could not be authenticated.", user)
        return self.give(user)

    def give(self, user: str, *, token: str = "", lifetime: float | None = None) -> str:
        """Give a token to a user."""
        given = token or secrets.token_urlsafe(24)
        admin = user == next(iter(self.passwords), "")
        while len(self._tokens) >= _MOST:
            del self._tokens[next(iter(self._tokens))]
        ends = self.clock() + (self.lifetime if lifetime is None else lifetime)
        self._tokens[given] = _Token(Caller(user, self.namespace, admin), ends)
        return given

    def refresh(self, token: str) -> str:
        """Give a new token in place of one that is still good."""
        caller = self.caller(token)
        del self._tokens[token]
        return self.give(caller.user)

    def caller(self, token: str) -> Caller:
        """Who has a token. One that is unknown or too old is refused."""
        found = self._tokens.get(token)
        if found is None or found.ends < self.clock():
            raise refusal(401, "io.vantiq.authentication.failed", "The access token is not valid or has expired.")
        return found.caller

    def acting(self, caller: Caller, headers: Mapping[str, str], namespaces: Mapping[str, object]) -> Caller:
        """Who asks with the headers that name another namespace or another user."""
        namespace = headers.get("X-Target-Namespace", caller.namespace)
        if namespace not in namespaces:
            raise refusal(403, "io.vantiq.namespace.forbidden", "The namespace {0} may not be entered.", namespace)
        user = headers.get("X-Impersonate-User", caller.user)
        if user != caller.user and not caller.admin:
            raise refusal(403, "io.vantiq.impersonation.forbidden", "{0} may not act as {1}.", caller.user, user)
        return Caller(user, namespace, caller.admin)
