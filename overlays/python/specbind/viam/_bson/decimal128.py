"""Decimals of 34 digits, as IEEE 754-2008 packs them into 128 bits with a binary coefficient."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["pack", "unpack"]

_DIGITS = 34
_LIMIT = 10**_DIGITS
_BIAS = 6176
_LARGEST = 6111
_SIGN = 1 << 127
_INFINITY = 0b11110 << 122
_NAN = 0b11111 << 122
_SIGNALING = 1 << 121


def unpack(content: bytes) -> Decimal:
    """Read 16 bytes, exactly. A coefficient of more than 34 digits counts as 0, as the standard has it.

    The payload of a NaN, which the standard leaves open, is dropped.
    """
    bits = int.from_bytes(content, "little")
    sign = bits >> 127
    kind = bits & _NAN
    if kind == _NAN:
        return Decimal(f"{'-' * sign}{'s' if bits & _SIGNALING else ''}NaN")
    if kind == _INFINITY:
        return Decimal(f"{'-' * sign}Infinity")
    if bits >> 125 & 3 == 3:  # the coefficient has more than 113 bits, so more than 34 digits
        coefficient, exponent = 0, bits >> 111 & 0x3FFF
    else:
        coefficient, exponent = bits & ((1 << 113) - 1), bits >> 113 & 0x3FFF
    if coefficient >= _LIMIT:
        coefficient = 0
    return Decimal((sign, tuple(map(int, str(coefficient))), exponent - _BIAS))


def pack(value: Decimal) -> bytes:
    """Write 16 bytes, exactly.

    Raises:
        ValueError: it has more than 34 digits, is too large or too small, or is a NaN with a payload.
    """
    sign, digits, exponent = value.as_tuple()
    bits = sign << 127
    if not isinstance(exponent, int):
        if exponent != "F" and any(digits):
            raise ValueError("the payload of a NaN cannot be kept")
        bits |= {"F": _INFINITY, "n": _NAN, "N": _NAN | _SIGNALING}[exponent]
        return bits.to_bytes(16, "little")
    text = "".join(map(str, digits)).lstrip("0")
    short = text.rstrip("0")
    power: int = exponent
    # as few zeros are added or taken as the range asks for: 1.20 stays 1.20
    if not short:
        power = min(max(power, -_BIAS), _LARGEST)
    elif power > _LARGEST:
        text, power = text.ljust(min(len(text) + power - _LARGEST, _DIGITS + 1), "0"), _LARGEST
    else:
        surplus = max(len(text) - _DIGITS, -_BIAS - power, 0)
        if surplus > len(text) - len(short):
            raise ValueError(f"a decimal has {_DIGITS} digits and exponents from {-_BIAS} to {_LARGEST}")
        text, power = text[: len(text) - surplus], power + surplus
    if len(text) > _DIGITS or power > _LARGEST:
        raise ValueError(f"a decimal has {_DIGITS} digits and exponents from {-_BIAS} to {_LARGEST}")
    return (bits | (power + _BIAS) << 113 | int(text or "0")).to_bytes(16, "little")
