"""A server answers in the media type that the client wants most."""

from __future__ import annotations

import pytest
from petstore._runtime.accept import accepted, preferring, quality


@pytest.mark.parametrize(
    ("header", "media", "expected"),
    [
        ("", "a/b", 1),
        ("a/b", "a/b", 1),
        ("a/b", "A/B; charset=utf-8", 1),
        ("a/b", "a/c", 0),
        ("*/*;q=0.1, a/*;q=0.5, a/b; q=0.2", "a/b", 0.2),
        ("*/*;q=0.1, a/*;q=0.5, a/b; q=0.2", "a/c", 0.5),
        ("*/*;q=0.1, a/*;q=0.5, a/b; q=0.2", "c/c", 0.1),
        ("a/b;q=0, */*", "a/b", 0),
        ("image/png", "image/*", 1),
        ("a/b;q=nan, a/b;q=7, nonsense, , a/b;q=x", "a/b", 1),
    ],
)
def test_the_most_exact_entry_decides(header, media, expected):
    assert quality(accepted([header]), media) == expected


@pytest.mark.parametrize(
    ("media", "header", "expected"),
    [
        ("a/c", "a/b, a/c, a/d", "a/c, a/b;q=0.5, a/d;q=0.5"),
        ("A/b", "a/b; v=1, a/c", "a/b; v=1, a/c;q=0.5"),
        ("a/b", "a/b", "a/b"),
        ("x/y", "a/b, a/c", "a/b, a/c"),
        ("x/y", "*/*", "*/*"),
    ],
)
def test_what_is_preferred_goes_first_where_it_is_offered(media, header, expected):
    assert preferring(media, header) == expected
