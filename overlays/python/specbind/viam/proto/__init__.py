"""Messages, under the module names of the official client."""
