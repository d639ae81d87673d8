"""OpenAPI documents lowered to the model."""

from .read_api import read_api

__all__ = ["read_api"]
