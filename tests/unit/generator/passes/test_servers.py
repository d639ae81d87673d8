"""Servers that operations need not name."""

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.ir.model import Api, HttpBinding, Operation, Server, Service
from specbind.generator.passes.servers import share_servers

ONE, TWO = (Server("https://one.example"),), (Server("https://two.example"),)


def shared(*servers, own=()):
    operations = tuple(Operation(str(n), HttpBinding("GET", "/", ()), servers=found) for n, found in enumerate(servers))
    api = share_servers(Api(1, "a", "1", services=(Service("", operations),), servers=own), Diagnostics())
    return api.servers, [operation.servers for operation in api.services[0].operations]


def test_servers_that_every_operation_names_are_those_of_the_api():
    assert shared(ONE, ONE) == (ONE, [(), ()])
    assert shared(ONE, ONE, own=TWO) == (ONE, [(), ()])


def test_servers_that_only_some_name_stay_with_them():
    assert shared(ONE, (), own=TWO) == (TWO, [ONE, ()])
    assert shared(ONE, TWO) == ((), [ONE, TWO])


def test_an_operation_need_not_repeat_the_servers_of_the_api():
    assert shared(TWO, ONE, own=TWO) == (TWO, [(), ONE])
