"""The specbind generator: machine-readable specs in, typed bindings out."""
