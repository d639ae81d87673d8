"""Addresses and versions of nodes, which need no node."""

from __future__ import annotations

import subprocess
import sys

import pytest

from specbind.nodeodx.aio import Node


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:3000/?token=a%20b", "http://localhost:3000/info?token=a+b"),
        ("http://localhost", "http://localhost/info"),
        ("https://node.example", "https://node.example/info"),
        ("https://node.example:8443", "https://node.example:8443/info"),
        ("http://node.example:443", "http://node.example:443/info"),
        ("https://node.example:80", "https://node.example:80/info"),
        ("HTTP://[::1]:3000", "http://[::1]:3000/info"),
        ("https://proxy.example/nodes/7/?token=x", "https://proxy.example/nodes/7/info?token=x"),
        ("localhost:3000", "http://localhost:3000/info"),
    ],
)
def test_from_url(url: str, expected: str) -> None:
    assert Node.from_url(url).url("/info") == expected


@pytest.mark.parametrize(
    "url", ["ftp://node.example", "http://", "http:///info", "http://user:word@node.example", "http://h:x/"]
)
def test_from_url_refuses_nonsense(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|[Pp]ort"):
        Node.from_url(url)


def test_a_password_in_a_url_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="token") as caught:
        Node.from_url("http://user:word@node.example")
    assert "word" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize(("port", "expected"), [(80, "http://h/i"), (443, "https://h/i"), (3000, "http://h:3000/i")])
def test_port_decides_where_no_scheme_is_given(port: int, expected: str) -> None:
    assert Node("h", port).url("i") == expected


def test_a_token_stays_with_its_node() -> None:
    secretive, other = Node("h", 3000, "secret"), Node("h", 3000)
    assert secretive.url("/a", {"line": 1}) == "http://h:3000/a?line=1&token=secret"
    assert other.url("/a") == "http://h:3000/a"


def test_a_node_does_not_print_its_token() -> None:
    assert "secret" not in repr(Node("h", 3000, "secret"))


@pytest.mark.parametrize(
    ("version", "other", "expected"),
    [
        ("2.2.4", "2.2.4", 0),
        ("2.2", "2.2.0", 0),
        ("2.2.4-rc1", "2.2.3", 1),
        ("2.2.4-rc1", "2.2.4", -1),
        ("2.2.4-rc10", "2.2.4-rc9", 1),
        ("2.10.0", "2.9.9", 1),
        ("1.3.9", "1.4.0", -1),
        ("?", "1.4.0", -1),
        ("", "1.4.0", -1),
        (None, "1.4.0", -1),
    ],
)
def test_versions_are_ordered(version: str | None, other: str, expected: int) -> None:
    assert Node.compare_version(version, other) == expected


def test_the_package_is_cheap_to_import() -> None:
    program = "import sys; from specbind.nodeodx import GenericError, TaskStatus; print('aiohttp' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
