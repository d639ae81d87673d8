"""What the benchmarks share: rounds, rows, processes and documents."""
