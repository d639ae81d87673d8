"""Clients and servers of generated services, over a transport that only writes down what it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.support.compiled import write
from tests.support.proto_package import Generated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TEXT = """syntax = "proto3"; package shop.v1;
message Order { string id = 1; }
message Receipt { string id = 1; }
service Shop {
  // Buys.
  rpc Buy(Order) returns (Receipt) { option idempotency_level = IDEMPOTENT; }
  rpc BuyMany(stream Order) returns (Receipt);
  rpc ListByIDs(Order) returns (stream Receipt);
  rpc Trade(stream Order) returns (stream Receipt);
  rpc OldBuy(Order) returns (Receipt) { option deprecated = true; }
  rpc import(Order) returns (Receipt);
}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    folder: Path = tmp_path_factory.mktemp("shop")
    return Generated(folder / "out", "shop_protos", write(folder, shop=TEXT), [folder])


class Recording:
    """Answers every call with what was asked."""

    def __init__(self, receipt: Any) -> None:
        self.receipt = receipt
        self.calls: list[Any] = []

    async def unary(self, rpc: Any, request: Any, **options: Any) -> Any:
        self.calls.append(("unary", rpc, options))
        return self.receipt(id=request.id)

    async def client_stream(self, rpc: Any, requests: Any, **options: Any) -> Any:
        self.calls.append(("client_stream", rpc, options))
        return self.receipt(id="".join(request.id for request in requests))

    async def server_stream(self, rpc: Any, request: Any, **options: Any) -> Any:
        self.calls.append(("server_stream", rpc, options))
        for letter in request.id:
            yield self.receipt(id=letter)

    async def both_streams(self, rpc: Any, requests: Any, **options: Any) -> Any:
        self.calls.append(("both_streams", rpc, options))
        for request in requests:
            yield self.receipt(id=request.id)


async def test_the_four_kinds_of_calls(shop: Generated):
    order, receipt = shop.at("shop.v1.Order"), shop.at("shop.v1.Receipt")
    transport = Recording(receipt)
    client = shop.at("shop.v1.ShopClient")(transport)
    two = [order(id="a"), order(id="b")]
    assert await client.buy(order(id="x"), metadata={"k": "v"}, timeout=1.5) == receipt(id="x")
    assert await client.buy_many(two) == receipt(id="ab")
    assert [found.id async for found in client.list_by_ids(order(id="ab"))] == ["a", "b"]
    assert [found.id async for found in client.trade(two)] == ["a", "b"]
    assert transport.calls[0][2] == {"metadata": {"k": "v"}, "timeout": 1.5}
    rpcs = [call[1] for call in transport.calls]
    assert [rpc.path for rpc in rpcs] == [f"/shop.v1.Shop/{name}" for name in ("Buy", "BuyMany", "ListByIDs", "Trade")]
    assert [rpc.stream for rpc in rpcs] == ["none", "client", "server", "both"]
    assert [rpc.idempotent for rpc in rpcs] == [True, False, False, False]
    assert (rpcs[0].request, rpcs[0].response) == (order, receipt)


async def test_a_deprecated_call_warns(shop: Generated):
    client = shop.at("shop.v1.ShopClient")(Recording(shop.at("shop.v1.Receipt")))
    with pytest.warns(DeprecationWarning, match="OldBuy is deprecated"):
        await client.old_buy(shop.at("shop.v1.Order")(id="x"))
    assert "import_" in vars(type(client))


async def test_a_server_lists_its_rpcs_and_answers_nothing_by_itself(shop: Generated):
    server = shop.at("shop.v1.ShopServer")
    assert {rpc.path: name for rpc, name in server.__rpcs__} == {
        "/shop.v1.Shop/Buy": "buy",
        "/shop.v1.Shop/BuyMany": "buy_many",
        "/shop.v1.Shop/ListByIDs": "list_by_ids",
        "/shop.v1.Shop/Trade": "trade",
        "/shop.v1.Shop/OldBuy": "old_buy",
        "/shop.v1.Shop/import": "import_",
    }
    with pytest.raises(NotImplementedError):
        await server().buy(None, None)

    class Mine(server):  # type: ignore[misc,valid-type]
        async def list_by_ids(self, request: Any, call: Any) -> AsyncIterator[Any]:  # noqa: ARG002  # the signature
            yield request

    assert [found async for found in Mine().list_by_ids("x", None)] == ["x"]


def test_methods_say_what_the_proto_says(shop: Generated):
    assert shop.at("shop.v1.ShopClient").buy.__doc__.startswith("Buys.")
