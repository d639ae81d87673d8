"""gRPC without a network: what generated clients and servers are made of."""
