"""Credentials of Petstore."""

from __future__ import annotations

from ._runtime import ApiKey, AuthorizationCode, Basic, Bearer, ClientCredentials, DeviceCode, Password, RefreshToken

__all__ = [
    "BearerAuth",
    "Login",
    "OAuthBrowser",
    "OAuthDevice",
    "OAuthImplicit",
    "OAuthMachine",
    "OAuthPassword",
    "OAuthRefresh",
    "OidcBrowser",
    "OidcMachine",
    "Token",
]


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


# One class per flow of an oauth2 scheme; all have the scheme's id, so that any of them satisfies its operations. Where
# the scheme has one flow only, the class is called as the scheme.


class OAuthMachine(ClientCredentials):
    """Flow clientCredentials."""

    scheme = "oauth"
    token_url = "https://auth.petstore.example/token"
    refresh_url = "https://auth.petstore.example/refresh"  # left out where the flow has none
    scopes = ("read", "write")


class OAuthPassword(Password):
    """Flow password."""

    scheme = "oauth"
    token_url = "https://auth.petstore.example/token"
    scopes = ("read", "write")


class OAuthBrowser(AuthorizationCode):
    """Flow authorizationCode."""

    scheme = "oauth"
    authorization_url = "https://auth.petstore.example/authorize"
    token_url = "https://auth.petstore.example/token"
    scopes = ("read", "write")


class OAuthDevice(DeviceCode):
    """Flow deviceAuthorization (OpenAPI 3.2)."""

    scheme = "oauth"
    device_authorization_url = "https://auth.petstore.example/device"
    token_url = "https://auth.petstore.example/token"


class OAuthRefresh(RefreshToken):
    """A refresh token that was had before; for every flow with a token URL."""

    scheme = "oauth"
    token_url = "https://auth.petstore.example/token"


class OAuthImplicit(Bearer):
    """Flow implicit: a token that a browser was given. The same for a token that was had in any other way."""

    scheme = "oauth"


class OidcMachine(ClientCredentials):
    """openIdConnect, the application itself."""

    scheme = "oidc"
    discovery_url = "https://issuer.petstore.example/.well-known/openid-configuration"


class OidcBrowser(AuthorizationCode):
    """openIdConnect, a user."""

    scheme = "oidc"
    discovery_url = "https://issuer.petstore.example/.well-known/openid-configuration"
