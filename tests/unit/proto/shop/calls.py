"""What type checkers must see of messages. Checked by `make typecheck`, never run."""

from __future__ import annotations

from typing import assert_type

from msgspec import UnsetType
from tests.unit.proto.shop.group_1 import Order, OrderLine, OrderState

from specbind.generator.targets.python._runtime.proto import (
    Extension,
    JsonValue,
    decode,
    from_dict,
    from_json,
    to_dict,
    to_json,
    which_oneof,
)

BONUS: Extension[int] = Extension("shop.v1.bonus", "shop.v1.Order", (100, "value", "sint32", "optional"), __name__)


def calls(order: Order) -> None:
    assert_type(order.SerializeToString(), bytes)
    assert_type(Order.FromString(b""), Order)
    assert_type(decode(OrderLine, memoryview(b"")), OrderLine)
    assert_type(from_json(Order, "{}"), Order)
    assert_type(from_dict(Order, {"id": 1}), Order)
    assert_type(to_json(order), str)
    assert_type(to_dict(order), dict[str, JsonValue])
    assert_type(which_oneof(order, "payment"), str | None)
    assert_type(BONUS.get(order), int | UnsetType)
    assert_type(order.history, list[OrderState])
    assert_type(order.comment, str | UnsetType)
    Order(id=1, lines=[OrderLine(pieces=2)], note=None, settings={"a": [1, None]})
