"""Synchronous callers enter the event loop of the portal and leave it whole."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from typing import Any

import petstore
import pytest
from petstore._runtime.portal import Portal, get_portal

FOLDER = petstore.__path__[0].removesuffix("/petstore")


@pytest.fixture
def portal():
    return get_portal()


async def double(value: int) -> int:
    await asyncio.sleep(0)
    return value * 2


def test_a_coroutine_gives_its_result_or_its_error(portal):
    assert portal.run(double(2)) == 4

    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        portal.run(fail())


def test_there_is_one_portal_for_all_threads():
    found: list[Portal] = []
    threads = [threading.Thread(target=lambda: found.append(get_portal())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1


def test_context_variables_are_seen(portal):
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    variable.set("mine")

    async def read() -> str:
        return variable.get()

    assert portal.run(read()) == "mine"


async def test_it_works_within_a_running_loop(portal):
    assert portal.run(double(3)) == 6


def test_a_call_from_its_own_thread_is_an_error(portal):
    async def nested() -> int:
        return portal.run(double(1))

    with pytest.raises(RuntimeError, match="asynchronous client"):
        portal.run(nested())


def test_an_iterator_is_asked_for_one_item_at_a_time(portal):
    asked: list[int] = []

    async def numbers():
        try:
            for number in range(5):
                asked.append(number)
                yield number
        finally:
            asked.append(-1)

    found = portal.iterate(numbers())
    assert [next(found), next(found)] == [0, 1]
    assert asked == [0, 1]
    found.close()
    assert asked[-1] == -1
    assert list(portal.iterate(numbers())) == [0, 1, 2, 3, 4]


def test_a_callback_runs_in_the_waiting_thread_and_may_call_again(portal):
    def callback(value: int) -> tuple[int, int]:
        return threading.get_ident(), portal.run(double(value))

    asynchronous = portal.callback(callback)

    async def work() -> tuple[int, int]:
        return await asynchronous(21)

    assert portal.run(work()) == (threading.get_ident(), 42)


def test_a_callback_called_from_a_task_of_the_call_still_runs_in_its_thread(portal):
    asynchronous = portal.callback(threading.get_ident)

    async def work() -> list[int]:
        return await asyncio.gather(*(asynchronous() for _ in range(3)))

    assert portal.run(work()) == [threading.get_ident()] * 3


def test_an_error_of_a_callback_reaches_the_coroutine(portal):
    def callback() -> None:
        raise LookupError("from the callback")

    asynchronous = portal.callback(callback)

    async def work() -> str:
        try:
            await asynchronous()
        except LookupError as error:
            return str(error)
        return "no error"

    assert portal.run(work()) == "from the callback"


async def test_a_callback_outside_of_the_portal_is_called_at_once(portal):
    assert await portal.callback(lambda: 5)() == 5


def test_a_callback_after_its_call_is_an_error(portal):
    asynchronous = portal.callback(lambda: 5)
    tasks: list[asyncio.Task[int]] = []

    async def late() -> int:
        await asyncio.sleep(0.02)
        return await asynchronous()

    async def start() -> None:
        tasks.append(asyncio.create_task(late()))

    async def finish() -> int:
        return await tasks[0]

    portal.run(start())
    with pytest.raises(RuntimeError, match="has ended"):
        portal.run(finish())


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_ctrl_c_cancels_the_call(portal):
    ended: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(0.1, signal.pthread_kill, (main, signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # who starts the tests may have it ignored
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            portal.run(wait())
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended == ["cancelled"]
    assert portal.run(double(1)) == 2


def run(code: str) -> str:
    head = f"import sys; sys.path.insert(0, {FOLDER!r})\n"
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", head + code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if not line.startswith("Executing ")]  # asyncio's, of slow turns
    assert said == []
    return done.stdout.strip()


SCRIPTED = """
import petstore, os, pickle
from petstore._runtime import ScriptedTransport, answer
def script(request):
    return answer(200, {"petType": "cat"})
def make():
    return petstore.SyncClient(transport=ScriptedTransport(script))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_client_goes_on_in_a_forked_child():
    code = """
client = make()
first = client.pets.get_pet(1)
pid = os.fork()
if pid == 0:
    second = client.pets.get_pet(1)
    print("child", type(second).__name__, flush=True)
    client.close()
    os._exit(0)
_, status = os.waitpid(pid, 0)
print("parent", status, type(client.pets.get_pet(1)).__name__)
client.close()
"""
    # newer Pythons warn about every fork while threads run
    ignored = "import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n"
    assert run(ignored + SCRIPTED + code).split() == ["child", "Cat", "parent", "0", "Cat"]


def test_a_client_can_be_pickled():
    code = """
client = pickle.loads(pickle.dumps(make()))
print(type(client.pets.get_pet(1)).__name__, client.base_url)
client.close()
"""
    assert run(SCRIPTED + code) == "Cat https://petstore.example/v1"


def test_a_client_that_nobody_closed_leaves_no_warning_at_exit():
    code = """
from aiohttp import web
client = petstore.SyncClient("http://127.0.0.1:1")
try:
    client.pets.get_pet(1)
except petstore.Error as error:
    print(type(error).__name__)
"""
    assert run(SCRIPTED + code) == "ConnectError"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_stream_from_before_a_fork_is_an_error_in_the_child_and_goes_on_in_the_parent():
    code = """
import signal
from petstore._runtime.portal import get_portal
async def numbers():
    for number in range(5):
        yield number
found = get_portal().iterate(numbers())
next(found)
pid = os.fork()
if pid == 0:
    signal.alarm(20)
    try:
        next(found)
    except RuntimeError as error:
        print("fork" in str(error), flush=True)
    found.close()
    other = get_portal().iterate(numbers())
    print(list(other), flush=True)
    del found
    sys.exit()
print(os.waitpid(pid, 0)[1], next(found))
"""
    ignored = "import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n"
    assert run(ignored + SCRIPTED + code).splitlines() == ["True", "[0, 1, 2, 3, 4]", "0 1"]


def test_an_iterator_that_is_dropped_is_ended_and_nobody_waits(portal):
    ended = threading.Event()
    go = threading.Event()

    async def numbers():
        try:
            yield 1
            yield 2
        finally:
            await asyncio.to_thread(go.wait, 30)
            ended.set()

    for _ in portal.iterate(numbers()):
        break
    assert not ended.is_set()
    go.set()
    assert ended.wait(30)


class Batched(AsyncIterator[int]):
    """Gives numbers in batches of three, and notes how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.ready: list[int] = []

    async def __anext__(self) -> int:
        if not self.ready:
            self.asked += 1
            if self.asked > 2:
                raise StopAsyncIteration
            self.ready = [3 * self.asked - 2, 3 * self.asked - 1, 3 * self.asked]
        return self.ready.pop(0)

    def take_ready(self) -> list[int]:
        found, self.ready = self.ready, []
        return found


def test_items_that_are_there_already_come_in_one_visit(monkeypatch: pytest.MonkeyPatch):
    portal = get_portal()
    visits = 0
    run = portal.run

    def counted(coroutine: Any) -> Any:
        nonlocal visits
        visits += 1
        return run(coroutine)

    monkeypatch.setattr(portal, "run", counted)
    assert list(portal.iterate(Batched())) == [1, 2, 3, 4, 5, 6]
    assert visits == 3


def test_what_is_there_already_is_not_given_after_the_end():
    numbers = get_portal().iterate(Batched())
    assert next(numbers) == 1
    numbers.close()
    assert list(numbers) == []
