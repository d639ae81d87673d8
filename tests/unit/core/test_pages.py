"""Listings are followed to their end, never in circles, never to another origin."""

from __future__ import annotations

import pytest

from specbind.core import (
    ForeignPageError,
    PageLoopError,
    cursor_pages,
    link_pages,
    next_link,
    number_pages,
    offset_pages,
)


def book(pages):
    """A listing as a dict: key -> (items, next)."""
    asked = []

    async def fetch(key):
        asked.append(key)
        return pages[key]

    return fetch, asked


def first(page):
    return page[0]


def second(page):
    return page[1]


async def test_cursors_are_followed_to_the_end():
    fetch, asked = book({"": ([1, 2], "x"), "x": ([3], "y"), "y": ([4], "")})
    pages = cursor_pages(fetch, items=first, cursor=second)
    assert [item async for item in pages] == [1, 2, 3, 4]
    assert asked == ["", "x", "y"]
    assert [len(page[0]) async for page in pages.pages()] == [2, 1, 1]


async def test_a_listing_can_go_on_from_a_cursor():
    fetch, _ = book({"y": ([4], None)})
    assert [item async for item in cursor_pages(fetch, items=first, cursor=second, start="y")] == [4]


async def test_nothing_is_fetched_before_it_is_asked_for():
    fetch, asked = book({"": ([1, 2], "x"), "x": ([3], None)})
    stream = aiter(cursor_pages(fetch, items=first, cursor=second))
    assert asked == []
    assert [await anext(stream), await anext(stream)] == [1, 2]
    assert asked == [""]


@pytest.mark.parametrize("last", ["", "x", "y"])
async def test_the_same_cursor_twice_is_an_error(last):
    fetch, _ = book({"": ([1], "x"), "x": ([2], "y"), "y": ([3], "x" if last == "" else last)})
    stream = aiter(cursor_pages(fetch, items=first, cursor=second))
    assert [await anext(stream) for _ in range(3)] == [1, 2, 3]
    with pytest.raises(PageLoopError, match="twice"):
        await anext(stream)


async def test_empty_pages_are_followed_but_not_for_ever():
    pages = {str(n): ([], str(n + 1)) for n in range(20)}
    pages["10"] = ([7], None)
    fetch, _ = book(pages)
    assert [item async for item in cursor_pages(fetch, items=first, cursor=second, start="0")] == [7]
    fetch, asked = book({str(n): ([], str(n + 1)) for n in range(20)})
    with pytest.raises(PageLoopError, match="11 empty pages"):
        _ = [item async for item in cursor_pages(fetch, items=first, cursor=second, start="0")]
    assert len(asked) == 11


async def test_offsets_count_what_came():
    content = list(range(25))
    asked = []

    async def fetch(offset):
        asked.append(offset)
        return content[offset : offset + (3 if offset == 10 else 10)]

    assert [item async for item in offset_pages(fetch, items=list)] == content
    assert asked == [0, 10, 13, 23, 25]


async def test_offsets_end_where_the_server_says():
    fetch, asked = book({0: ([1, 2], True), 2: ([3], False)})
    assert [item async for item in offset_pages(fetch, items=first, more=second)] == [1, 2, 3]
    assert asked == [0, 2]


async def test_page_numbers():
    fetch, asked = book({1: ([1], True), 2: ([], True), 3: ([2], False)})
    assert [item async for item in number_pages(fetch, items=first, more=second)] == [1, 2]
    fetch, asked = book({0: ([1], None), 1: ([], None)})
    assert [item async for item in number_pages(fetch, items=first, start=0)] == [1]
    assert asked == [0, 1]


HERE = "https://api.test/v1/items"


async def test_links_are_followed_also_relative_ones():
    fetch, asked = book({HERE: ([1], "?page=2"), f"{HERE}?page=2": ([2], "https://API.test:443/v1/end"),
                         "https://API.test:443/v1/end": ([3], None)})  # fmt: skip
    assert [item async for item in link_pages(fetch, HERE, items=first, link=second)] == [1, 2, 3]
    assert len(asked) == 3


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/v1", "http://api.test/v1", "https://api.test:8443/v1", "//evil.test/x", "ftp://api.test/",
        "https://api.test@evil.test/", "https://user@api.test/", "https://api.test\r\nX: y/", "javascript:alert(1)",
        "https://[::1", "file:///etc/passwd", "https://api.test:99999/",
    ],
)  # fmt: skip
async def test_links_to_elsewhere_are_refused(target):
    fetch, asked = book({HERE: ([1], target)})
    with pytest.raises(ForeignPageError):
        _ = [item async for item in link_pages(fetch, HERE, items=first, link=second)]
    assert asked == [HERE]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('<https://a/2>; rel="next", <https://a/9>; rel="last"', "https://a/2"),
        ('<https://a/1>; rel="prev", </2?x=a,b;c>; title="x, <y>"; rel="start next"', "/2?x=a,b;c"),
        ("<a>; REL=Next", "a"),
        ('<a>; rel="prev"', None),
        ("", None),
        (None, None),
        ("<" * 10000, None),
    ],
)
def test_link_headers(header, found):
    assert next_link(header) == found
