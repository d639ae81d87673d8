"""What the generator writes for `../shop.proto`, written by hand: the contract between it and the runtime."""
