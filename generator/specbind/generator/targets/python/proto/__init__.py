"""Protos in Python: packages of messages, clients and servers."""

from .generate import generate_package, generate_standalone
from .package import plan_protos

__all__ = ["generate_package", "generate_standalone", "plan_protos"]
