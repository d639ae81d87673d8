"""Reads and writes of each structure family, as functions over a `Wire`. They know no client."""
