"""Protos lowered to the model."""

from .read import protos_sha256, read_descriptor_set, read_protos

__all__ = ["protos_sha256", "read_descriptor_set", "read_protos"]
