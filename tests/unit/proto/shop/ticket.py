"""Types of `../ticket.proto`."""

# ruff: noqa: RUF012 - msgspec copies empty lists that are defaults

from __future__ import annotations

from typing import Final

from msgspec import UNSET, UnsetType

from specbind.generator.targets.python._runtime.enums import OpenInt
from specbind.generator.targets.python._runtime.proto.extensions import Extension
from specbind.generator.targets.python._runtime.proto.message import Message

__all__ = ["REMARK", "ZONES", "Grade", "Ticket", "TicketFare"]


class Grade(OpenInt):
    FIRST = 1
    SECOND = 2


class TicketFare(Message):
    cents: int | UnsetType = UNSET

    __proto__ = (
        "ticket.v1.Ticket.Fare",
        ((1, "cents", "int64", "optional"),),
    )


class Ticket(Message):
    """A ticket of a train."""

    id: str | UnsetType = UNSET
    """It must be set before the message is sent."""
    seats: int | UnsetType = UNSET
    """1 if it is not set."""
    grade: Grade | UnsetType = UNSET
    """`Grade.SECOND` if it is not set."""
    tried: list[Grade] = []
    fare: TicketFare | UnsetType = UNSET

    __proto__ = (
        "ticket.v1.Ticket",
        (
            (1, "id", "string", "required raw"),
            (2, "seats", "int32", "optional", 1),
            (3, "grade", "closed Grade", "optional", 2),
            (4, "tried", "closed Grade", "repeated"),
            (5, "fare", "group TicketFare"),
        ),
    )


REMARK: Final[Extension[str]] = Extension(
    "ticket.v1.remark", "ticket.v1.Ticket", (100, "value", "string", "optional raw"), __name__
)
ZONES: Final[Extension[list[int]]] = Extension(
    "ticket.v1.zones", "ticket.v1.Ticket", (101, "value", "sint32", "packed"), __name__
)
