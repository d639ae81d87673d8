"""Types, group_1."""

# ruff: noqa: RUF012, TC001 - msgspec copies empty defaults; types of annotations stand where tools resolve them

from __future__ import annotations

from msgspec import UNSET, UnsetType

from specbind.generator.targets.python._runtime.enums import OpenInt
from specbind.generator.targets.python._runtime.proto.message import JsonValue, Message
from specbind.generator.targets.python._runtime.proto.wellknown import Any, Timestamp

__all__ = ["Category", "Order", "OrderLine", "OrderState", "Voucher"]


class OrderState(OpenInt):
    """State of an order.

    Values that are not listed are kept as they are.
    """

    ORDER_STATE_UNSPECIFIED = 0
    ORDER_STATE_OPEN = 1
    ORDER_STATE_SENT = 2
    NONE = 3

    __proto_names__ = (("NONE", "None"),)


class Category(Message):
    """A kind of goods, which may have kinds below it."""

    name: str = ""
    children: list[Category] = []

    __proto__ = (
        "shop.v1.Category",
        (
            (1, "name", "string"),
            (2, "children", "message Category", "repeated"),
        ),
    )


class OrderLine(Message):
    """One line of an order."""

    article: str = ""
    pieces: int = 0
    """Number of pieces."""
    price: int | UnsetType = UNSET
    """Price in cents, in the currency of the shop."""

    __proto__ = (
        "shop.v1.Order.Line",
        (
            (1, "article", "string"),
            (2, "pieces", "uint32"),
            (3, "price", "sint64", "optional"),
        ),
    )


class Order(Message):
    """What a customer orders."""

    id: int = 0
    state: OrderState = OrderState.ORDER_STATE_UNSPECIFIED
    lines: list[OrderLine] = []
    labels: dict[str, str] = {}
    categories: dict[int, Category] = {}
    card: str | UnsetType = UNSET
    """Member of the oneof `payment`."""
    cash: bool | UnsetType = UNSET
    """Member of the oneof `payment`."""
    voucher: Voucher | UnsetType = UNSET
    """Member of the oneof `payment`."""
    placed: Timestamp | UnsetType = UNSET
    settings: dict[str, JsonValue] | UnsetType = UNSET
    note: JsonValue | UnsetType = UNSET
    nickname: str | UnsetType = UNSET
    attachment: Any | UnsetType = UNSET
    weights: list[float] = []
    history: list[OrderState] = []
    signature: bytes = b""
    from_: str = ""
    """A word that Python reserves."""
    comment: str | UnsetType = UNSET

    __proto__ = (
        "shop.v1.Order",
        (
            (1, "id", "uint64"),
            (2, "state", "enum OrderState"),
            (3, "lines", "message OrderLine", "repeated"),
            (4, "labels", "map string string"),
            (5, "categories", "map int32 message Category"),
            (6, "card", "string", "oneof:payment"),
            (7, "cash", "bool", "oneof:payment"),
            (8, "voucher", "message Voucher", "oneof:payment"),
            (9, "placed", "message @Timestamp"),
            (10, "settings", "struct"),
            (11, "note", "value"),
            (12, "nickname", "wrapped string"),
            (13, "attachment", "message @Any"),
            (14, "weights", "double", "packed"),
            (15, "history", "enum OrderState", "packed"),
            (16, "signature", "bytes"),
            (17, "from_", "string"),
            (18, "comment", "string", "optional"),
        ),
        (
            ("signature", "signature", "sig"),
            ("from_", "from", "from"),
        ),
    )


class Voucher(Message):
    code: str = ""

    __proto__ = (
        "shop.v1.Voucher",
        ((1, "code", "string"),),
    )
