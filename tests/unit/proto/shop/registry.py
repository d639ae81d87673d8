"""The message types of this package by their full names."""

from __future__ import annotations

from typing import Final

from specbind.generator.targets.python._runtime.proto.registry import Registry

__all__ = ["TYPES"]

TYPES: Final = Registry.lazy(
    __package__ or "",
    {
        "shop.v1.Category": ".group_1:Category",
        "shop.v1.Order": ".group_1:Order",
        "shop.v1.Order.Line": ".group_1:OrderLine",
        "shop.v1.Voucher": ".group_1:Voucher",
    },
)
