"""Values of Vantiq that no type of Python expresses by itself, and ways between the two.

On the wire such a value has one of two forms: the one that calls take and give (`"USD:12.34"`, `"12.34"`,
`"/types/Order"`), and the one that values of procedures have (`{"currency": "USD", "value": 1234, "scale": 2}`, where
the value is an integer that is 10 to the power of `scale` too large). Both are read, and the first is written.
"""

from __future__ import annotations

import base64
import datetime
import math
from decimal import Decimal, InvalidOperation
from functools import total_ordering
from typing import Annotated, Any, TypeAlias

from specbind.bindings._runtime.narrowing import is_array, is_object

__all__ = [
    "Currency",
    "GeoJSON",
    "ResourceReference",
    "VantiqType",
    "from_vantiq",
    "to_vantiq",
    "vantiq_json_default",
]

_LARGEST_SCALE = 10_000  # a scale of a server must not make a number of a billion digits


class VantiqType:
    """Name of the type that a hint stands for, as metadata of `typing.Annotated`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"VantiqType({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VantiqType) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)


GeoJSON: TypeAlias = Annotated[dict[str, Any], VantiqType("GeoJSON")]
"""A place or shape, as `{"type": "Point", "coordinates": [longitude, latitude]}`."""

ResourceReference: TypeAlias = Annotated[str, VantiqType("ResourceReference")]
"""A reference to an instance, as `/<resource>/<id>`."""


@total_ordering
class Currency:
    """An amount of money. Calculates and compares like a Decimal and keeps its currency.

    Args:
        amount: how much; a float is taken by its text, so that 0.1 is 0.1.
        currency: code of the currency, as `USD`.

    Raises:
        ValueError: there is no code, or the amount is no number. Also where two currencies are combined.
    """

    __slots__ = ("amount", "currency")

    def __init__(self, amount: Decimal | float | str, currency: str) -> None:
        if not isinstance(currency, str) or not currency:  # pyright: ignore[reportUnnecessaryIsInstance] - from callers
            raise ValueError("a Currency needs the code of a currency, such as USD")
        self.amount = amount if isinstance(amount, Decimal) else _decimal(str(amount))
        self.currency = currency

    @classmethod
    def from_vantiq(cls, value: str | dict[str, Any] | Currency) -> Currency:
        """Read either form of the wire. Raises ValueError for anything else."""
        if isinstance(value, Currency):
            return value
        if isinstance(value, str):
            code, _, amount = value.partition(":")
            if code and amount:
                return cls(_decimal(amount), code)
            raise ValueError(f"a Currency is written <code>:<amount>, not {value!r}")
        if isinstance(value, dict) and "currency" in value and "value" in value:  # pyright: ignore[reportUnnecessaryIsInstance] - from callers
            return cls(_unscaled(value), value["currency"])
        raise ValueError(f"{value!r} is no Currency")

    def to_vantiq(self) -> str:
        """The form of the wire, `<code>:<amount>`."""
        return f"{self.currency}:{self.amount:f}"

    def _amount(self, other: object) -> Decimal | None:
        """The number to calculate with, None where there is none; ValueError for another currency."""
        if isinstance(other, Currency):
            if other.currency != self.currency:
                raise ValueError(f"{self.currency} and {other.currency} cannot be combined")
            return other.amount
        return Decimal(other) if isinstance(other, Decimal | int) else None

    def __add__(self, other: object) -> Currency:
        amount = self._amount(other)
        return NotImplemented if amount is None else Currency(self.amount + amount, self.currency)

    __radd__ = __add__

    def __sub__(self, other: object) -> Currency:
        amount = self._amount(other)
        return NotImplemented if amount is None else Currency(self.amount - amount, self.currency)

    def __rsub__(self, other: object) -> Currency:
        amount = self._amount(other)
        return NotImplemented if amount is None else Currency(amount - self.amount, self.currency)

    def __mul__(self, other: object) -> Currency:
        if not isinstance(other, Decimal | int):
            return NotImplemented
        return Currency(self.amount * other, self.currency)

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Currency:
        if not isinstance(other, Decimal | int):
            return NotImplemented
        return Currency(self.amount / other, self.currency)

    def __neg__(self) -> Currency:
        return Currency(-self.amount, self.currency)

    def __abs__(self) -> Currency:
        return Currency(abs(self.amount), self.currency)

    def __round__(self, ndigits: int = 0) -> Currency:
        return Currency(round(self.amount, ndigits), self.currency)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Currency) and other.currency == self.currency and other.amount == self.amount

    def __hash__(self) -> int:
        return hash((self.currency, self.amount))

    def __lt__(self, other: object) -> bool:
        amount = self._amount(other)
        return NotImplemented if amount is None else self.amount < amount

    def __le__(self, other: object) -> bool:
        amount = self._amount(other)
        return NotImplemented if amount is None else self.amount <= amount

    def __gt__(self, other: object) -> bool:
        amount = self._amount(other)
        return NotImplemented if amount is None else self.amount > amount

    def __ge__(self, other: object) -> bool:
        amount = self._amount(other)
        return NotImplemented if amount is None else self.amount >= amount

    def __str__(self) -> str:
        return self.to_vantiq()

    def __repr__(self) -> str:
        return f"Currency({self.amount!r}, {self.currency!r})"


def from_vantiq(value: Any, vantiq_type: str | None = None) -> Any:  # noqa: ANN401 - any JSON, any value
    """Give the Python form of a received value.

    Args:
        value: what was received; of a list or tuple, each item.
        vantiq_type: the type that it was declared with: `Currency`, `Decimal`, `ResourceReference` or `DateTime`.
            Without it only the forms of procedures are seen, since a text could be of any type.

    Raises:
        ValueError: the value is none of that type.
    """
    given: object = value
    if is_array(given):
        return [from_vantiq(each, vantiq_type) for each in given]
    members: dict[str, Any] = given if is_object(given) else {}
    kind = vantiq_type or _kind_of(members)
    match kind:
        case "Currency":
            return Currency.from_vantiq(members or value)
        case "Decimal" if members:
            return _unscaled(members)
        case "Decimal":
            return value if isinstance(value, Decimal) else _decimal(str(given))
        case "ResourceReference" if members:
            return f"/{members['resource']}/{members['resourceId']}"
        case "DateTime" if isinstance(given, str):
            return datetime.datetime.fromisoformat(given)
        case _:
            return given


def to_vantiq(value: Any) -> Any:  # noqa: ANN401 - any value, any JSON
    """Give the form that calls take; of a dict, list or tuple, each value. What needs none stays as it is.

    Raises:
        ValueError: a number is infinite or none, which JSON does not have.
    """
    given: object = value
    if is_object(given):
        return {name: to_vantiq(each) for name, each in given.items()}
    if is_array(given):
        return [to_vantiq(each) for each in given]
    if isinstance(given, float | Decimal) and not math.isfinite(given):
        raise ValueError(f"{given} is no number that JSON has")
    if isinstance(given, Currency | Decimal | datetime.datetime | datetime.date | datetime.time | bytes):
        return vantiq_json_default(given)
    return given


def vantiq_json_default(obj: Any) -> Any:  # noqa: ANN401 - `default` of json.dumps
    """Write a value for `json.dumps(..., default=vantiq_json_default)`. A time without a zone is taken as UTC.

    Raises:
        TypeError: it is of another kind.
    """
    match obj:
        case Currency():
            return obj.to_vantiq()
        case Decimal():
            return f"{obj:f}"
        case datetime.datetime():
            zoned = obj.replace(tzinfo=datetime.UTC) if obj.tzinfo is None else obj
            text = zoned.isoformat()
            return f"{text[:-6]}Z" if text.endswith("+00:00") else text
        case datetime.date() | datetime.time():
            return obj.isoformat()
        case bytes():
            return base64.b64encode(obj).decode("ascii")
        case _:
            raise TypeError(f"Object of type {type(obj).__name__} is not JSON serializable")


def _kind_of(members: dict[str, Any]) -> str | None:
    names = set(members)
    if names == {"currency", "value", "scale"}:
        return "Currency"
    if names == {"value", "scale"}:
        return "Decimal"
    return "ResourceReference" if names == {"resource", "resourceId"} else None


def _unscaled(members: dict[str, Any]) -> Decimal:
    scale = int(members.get("scale", 0))
    if abs(scale) > _LARGEST_SCALE:
        raise ValueError(f"a scale of {scale} is none of an amount")
    return _decimal(str(members["value"])).scaleb(-scale)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None
