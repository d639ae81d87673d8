"""Security schemes and requirements."""

import pytest

from specbind.generator.ir.model import MutualTlsScheme, OAuth2Scheme, OAuthFlow

OK = "responses: {'200': {description: ok}}"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("security: [{a: [x, y], b: []}, {}]", ((("a", ("x", "y")), ("b", ())), ())),
        ("security: []", ((),)),
        ("summary: s", ((("g", ()),),)),
    ],
)
def test_security_of_an_operation(paths, given, expected):
    read = paths(f"""
security: [{{g: []}}]
paths: {{/a: {{get: {{operationId: o, {given}, {OK}}}}}}}
components: {{securitySchemes: {{
  g: {{type: http, scheme: Bearer, bearerFormat: JWT}},
  a: {{type: oauth2, flows: {{clientCredentials: {{tokenUrl: 't', scopes: {{x: ex, y: why}}}}}}}},
  b: {{type: apiKey, in: cookie, name: sid}}}}}}
""")
    assert read.operations["o"].security == expected
    bearer, oauth, key = read.api.security_schemes
    assert (bearer.scheme, bearer.bearer_format) == ("bearer", "JWT")
    assert oauth.flows == (OAuthFlow("clientCredentials", token_url="t", scopes=(("x", "ex"), ("y", "why"))),)
    assert (key.wire, key.location) == ("sid", "cookie")
    assert read.errors == []


def test_schemes_that_are_required_but_not_declared_are_kept(paths):
    read = paths(f"paths: {{/a: {{get: {{operationId: o, security: [{{ghost: []}}], {OK}}}}}}}")
    assert [(scheme.id, scheme.type) for scheme in read.api.security_schemes] == [("ghost", "undeclared")]
    assert "SB226" in read.codes


def test_security_schemes_of_every_kind(paths):
    read = paths(
        """
paths: {}
components: {securitySchemes: {
  all: {type: oauth2, oauth2MetadataUrl: 'https://a/.well-known', flows: {
    authorizationCode: {authorizationUrl: 'https://a', tokenUrl: 'https://t', refreshUrl: 'https://r', scopes: {s: S}},
    deviceAuthorization: {deviceAuthorizationUrl: 'https://d', tokenUrl: 'https://t', scopes: {}},
    password: {scopes: {}}}},
  oidc: {type: openIdConnect, openIdConnectUrl: 'https://o/.well-known/openid-configuration'},
  tls: {type: mutualTLS, description: A certificate.},
  odd: {type: magic}}}
""",
        version="3.2.0",
    )
    oauth, oidc, tls, odd = read.api.security_schemes
    assert oauth == OAuth2Scheme(
        "all",
        (
            OAuthFlow("authorizationCode", "https://a", "", "https://t", "https://r", (("s", "S"),)),
            OAuthFlow("deviceAuthorization", "", "https://d", "https://t"),
            OAuthFlow("password"),
        ),
        metadata_url="https://a/.well-known",
    )
    assert oidc.url == "https://o/.well-known/openid-configuration"
    assert tls == MutualTlsScheme("tls", "A certificate.")
    assert (odd.type, read.codes) == ("magic", ["SB206", "SB208"])
