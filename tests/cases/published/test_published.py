"""What is published although OpenAPI forbids it: read as it is meant, or looser with a finding; nobody loses a call."""

from __future__ import annotations

import pytest
from tests.support.exchange import Reply, exchange

ORDER = {"id": "a", "customer": {"any": ["thing"]}, "serial": 99999999999999999999, "price": 1.5, "note": 7, "items": 1}
SCHEMA = "#/components/schemas/Order"


async def test_methods_in_capitals_and_parameters_in_a_map_are_called_as_usual(sdk):
    done = await exchange(sdk, lambda c: c.orders.list_orders(status="paid"), Reply(200, [ORDER]))
    assert f"{done.request.method} {done.request.target}" == "GET /orders?status=paid"
    assert done.value[0].serial == 99999999999999999999


async def test_a_pointer_through_the_document_is_the_schema_that_stands_there(sdk):
    done = await exchange(sdk, lambda c: c.orders.get_order("a"), Reply(200, ORDER))
    assert type(done.value) is sdk.models.Order
    assert done.value.customer == {"any": ["thing"]}
    assert done.value.note == 7


@pytest.mark.parametrize(
    "finding",
    [
        f"SB236 {SCHEMA}/properties/customer",  # leads to nothing: any value
        f"SB209 {SCHEMA}/properties/note/type",  # no type: any value
        f"SB204 {SCHEMA}/properties/price/type",
        f"SB204 {SCHEMA}/required",
        f"SB237 {SCHEMA}/properties/serial/enum/2",
        "SB204 #/paths/~1orders/GET/tags",
        "SB204 #/paths/~1orders/GET/parameters",
        "SB235 #/paths/~1orders~1{id}/get/parameters/2",
    ],
)
def test_what_was_put_right_is_said(said, finding):
    assert finding in said


def test_what_means_nothing_is_left_out(api):
    operations = [operation.id for service in api.services for operation in service.operations]
    assert operations == ["listOrders", "getOrder"]
