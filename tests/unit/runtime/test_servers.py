"""Server variables are filled in, and cannot lead a call to another host."""

from __future__ import annotations

import petstore
import pytest
from petstore._runtime.errors import RequestError
from petstore._runtime.servers import ServerUrl

REGIONAL = ServerUrl("https://{region}.example.com/{version}", {"region": ("eu", ("eu", "us")), "version": ("v1", ())})
FREE = ServerUrl(
    "{scheme}://{tenant}.example.com:{port}/{base}/x",
    {"scheme": ("https", ()), "tenant": ("a", ()), "port": ("443", ()), "base": ("api/v1", ())},
)
HOST = ServerUrl("https://{host}/v1", {"host": ("api.example.com", ())})
PLAIN = ServerUrl("https://example.com/{path}", {"path": ("a", ())})


def test_variables_have_defaults_and_values():
    assert REGIONAL.url() == "https://eu.example.com/v1"
    assert REGIONAL.url(region="us", version="v2") == "https://us.example.com/v2"
    assert FREE.url(tenant="b-1", port="8443", base="c/d") == "https://b-1.example.com:8443/c/d/x"
    assert HOST.url(host="other.example.org") == "https://other.example.org/v1"
    assert ServerUrl("https://example.com").url() == "https://example.com"
    numbered = ServerUrl("https://x.com/{server-id}", {"server-id": ("1", ())})
    assert numbered.url(**{"server-id": "2"}) == "https://x.com/2"


def test_what_is_not_allowed_is_refused_with_what_is():
    with pytest.raises(RequestError, match="is eu or us, not 'mars'"):
        REGIONAL.url(region="mars")
    with pytest.raises(RequestError, match="no variable 'zone'; it has region, version"):
        REGIONAL.url(zone="eu")
    with pytest.raises(RequestError, match="does not say what 'a' may be"):
        ServerUrl("https://{a}.example.com").url()


@pytest.mark.parametrize(
    "tenant",
    ["evil.com/", "a@evil.com", "a#", "a?", "a:1", "a.b", "", "-a", "a b", "a\\b", "%2f", "ä", "a" * 64, "a\n"],
)
def test_a_value_in_the_host_is_one_label(tenant):
    with pytest.raises(RequestError, match="'tenant' must be a label"):
        FREE.url(tenant=tenant)


@pytest.mark.parametrize("path", ["a/b", "..", ".", "a?b", "a#b", "a@b", "a\\b", "%2e", "a b", "a\n"])
def test_a_value_in_the_path_is_one_segment(path):
    with pytest.raises(RequestError, match="'path' must be a segment"):
        PLAIN.url(path=path)


@pytest.mark.parametrize("values", [{"scheme": "ftp"}, {"port": "99999"}, {"port": "1@x"}, {"base": "a/../b"}])
def test_schemes_ports_and_paths_are_what_they_are(values):
    with pytest.raises(RequestError, match=f"'{next(iter(values))}' must be"):
        FREE.url(**values)


@pytest.mark.parametrize("host", ["evil.com/@example.com", "a@evil.com", "evil.com#", ".", "a..b"])
def test_a_whole_host_is_a_host_name(host):
    with pytest.raises(RequestError, match="'host' must be"):
        HOST.url(host=host)


def test_relative_servers_stand_on_what_the_user_gives():
    assert ServerUrl("/v1").url("https://example.com/docs/openapi.json") == "https://example.com/v1"
    assert ServerUrl("../v2").url("https://example.com/docs/openapi.json") == "https://example.com/v2"
    assert ServerUrl("/{v}", {"v": ("1", ())}).url("http://localhost:8000", v="2") == "http://localhost:8000/2"
    with pytest.raises(RequestError, match="is relative"):
        ServerUrl("/v1").url()
    with pytest.raises(RequestError, match="names a host"):
        ServerUrl("//evil.com/v1").url("https://example.com")
    for base in ("example.com", "ftp://example.com", "https://u@example.com", "https://[x"):
        with pytest.raises(RequestError, match="URL"):
            ServerUrl("/v1").url(base)


def test_a_client_lists_its_servers():
    assert petstore.Client.servers[0].url() == petstore.Client.default_base_url

    class Regional(petstore.Client):
        servers = (REGIONAL,)

    assert Regional(Regional.servers[0].url(region="us")).base_url == "https://us.example.com/v1"
