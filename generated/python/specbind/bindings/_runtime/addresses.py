"""Addresses that no redirect may lead to: link-local ones, and those where clouds give out credentials."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

__all__ = ["address_of", "is_forbidden"]

_METADATA = frozenset(
    ip_address(text)
    for text in (
        "fd00:ec2::254",  # Amazon, IPv6
        "fd20:ce::254",  # Google, IPv6
        "100.100.100.200",  # Alibaba
        "192.0.0.192",  # Oracle
        "168.63.129.16",  # Azure
    )
)
_NAT64 = ip_network("64:ff9b::/96")


def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """Read a host as an address, in the old forms of IPv4 too (`0xa9fea9fe`, `169.254.43518`); None for a name."""
    bare = host.strip("[]").rstrip(".").partition("%")[0]
    try:
        return ip_address(bare)
    except ValueError:
        pass
    # inet_aton reads a number before a space, and some systems read other digits
    if not bare.isascii() or not bare[:1].isdecimal() or " " in bare:
        return None
    try:
        return IPv4Address(socket.inet_aton(bare))
    except (OSError, ValueError):
        return None


def is_forbidden(host: str) -> bool:
    """Say whether a host is an address where no redirect from another host may go. False for a name."""
    found = address_of(host)
    if isinstance(found, IPv6Address):
        found = _inner(found) or found
    return found is not None and (found.is_link_local or found in _METADATA)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Give the IPv4 address that an IPv6 one stands for."""
    if address.ipv4_mapped is not None or address.sixtofour is not None:
        return address.ipv4_mapped or address.sixtofour
    number = int(address)
    if address in _NAT64 or 0xFFFF < number <= 0xFFFFFFFF:  # the second: the old `::169.254.169.254`
        return IPv4Address(number & 0xFFFFFFFF)
    return None
