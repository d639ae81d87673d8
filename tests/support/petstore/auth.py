"""Credentials of Petstore."""

from __future__ import annotations

from ._runtime import ApiKey, Basic, Bearer

__all__ = ["BearerAuth", "Login", "Token"]


class Token(ApiKey):
    """(doc of the security scheme `token`)"""

    scheme = "token"  # id of the security scheme; an operation names it in `security`
    wire = "token"
    location = "query"  # header | query | cookie


class BearerAuth(Bearer):
    """..."""

    scheme = "bearerAuth"


class Login(Basic):
    """..."""

    scheme = "login"
