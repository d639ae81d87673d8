"""Sync faces: typed blocking facades, written as text from the signatures of an async module."""

from __future__ import annotations

from .render import PORTAL, generate_face, render_face
from .source import FaceError

__all__ = ["PORTAL", "FaceError", "generate_face", "render_face"]
