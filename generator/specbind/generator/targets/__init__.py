"""One folder per output language."""
