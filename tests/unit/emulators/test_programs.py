"""What the programs of all emulators share: options, and what is said when they end."""

from __future__ import annotations

import argparse
import errno
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from specbind.emulators import arguments
from specbind.emulators.running import run_until_stopped

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


@pytest.mark.parametrize("given", ["8_080", "\uff18\uff10", " 80 ", "+80", "-1", "65536", "", "9" * 5000])
def test_a_port_is_plain_digits(given: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="a port is a number"):
        arguments.port(given)


@pytest.mark.parametrize("given", ["1_0", "\u0663", "+1", "0"])
def test_a_count_is_plain_digits(given: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="a whole number"):
        arguments.count(given)


def test_digits_are_read() -> None:
    assert (arguments.port("0"), arguments.port("65535"), arguments.count("10")) == (0, 65535, 10)


@asynccontextmanager
async def serving(*, taken: bool) -> AsyncGenerator[str]:
    if taken:
        raise OSError(errno.EADDRINUSE, "Address already in use")
    yield "here"
    raise AssertionError("it does not end by itself")


def full(_address: str) -> str:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_what_cannot_listen_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_until_stopped(serving(taken=True), "127.0.0.1:80", str) == 1
    assert capsys.readouterr().err == "The emulator cannot listen on 127.0.0.1:80: Address already in use\n"


def test_an_error_while_it_serves_is_told_as_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_until_stopped(serving(taken=False), "127.0.0.1:80", full) == 1
    said = capsys.readouterr().err
    assert "127.0.0.1:80" in said
    assert "No space left on device" in said
    assert "listen" not in said
