"""Clients, under the module names of the official ones."""
