"""The module path of the official client."""
