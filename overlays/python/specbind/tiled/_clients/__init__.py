"""The clients of each structure family, over the functions of `_data`."""
