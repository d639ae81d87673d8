"""What a client is made with is checked."""

from __future__ import annotations

import pytest
from petstore._runtime.credentials import Basic
from petstore._runtime.options import base_url_of, credentials_of
from petstore._runtime.timeout import Timeout, to_timeout


@pytest.mark.parametrize("auth", ["secret", b"secret", ["secret"], 5])
def test_what_is_no_credential_is_refused(auth):
    with pytest.raises(TypeError, match=r"as ApiKey, Bearer or Basic, not (str|bytes|int)"):
        credentials_of(auth)


def test_one_or_several_credentials_are_taken():
    one = Basic("a", "b")
    assert credentials_of(None) == ()
    assert credentials_of(one) == credentials_of([one]) == (one,)


def test_the_scheme_of_a_base_url_is_in_small_letters():
    assert base_url_of("HTTP://X.example/v1/", "") == "http://X.example/v1"


def test_a_number_is_the_total_and_lifts_the_silence():
    base = Timeout(total=1, connect=2, read=7)
    assert to_timeout(300) == Timeout(total=300, connect=5, read=300)
    assert to_timeout(30) == Timeout(total=30, connect=5, read=60)
    assert to_timeout(5, base) == Timeout(total=5, connect=2, read=7)
    assert to_timeout(9, base) == Timeout(total=9, connect=2, read=9)
    assert to_timeout(9, Timeout(read=None)) == Timeout(total=9, read=None)
    assert to_timeout(None, base) == Timeout(None, None, None, None)
    assert to_timeout(3, Timeout(pool=1)).pool == 1
