"""Pure functions from IR to IR."""
