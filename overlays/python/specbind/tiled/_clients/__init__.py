"""The client of each structure family, over the functions of `_data`."""
