"""The messages that are measured, as google's JSON-like builders make them."""
