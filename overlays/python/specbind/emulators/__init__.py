"""Servers that behave like the real ones, for trying things out and for tests."""
