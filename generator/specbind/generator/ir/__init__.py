"""The language-neutral model."""
