"""A simulated Monday: forty customers talk at once, five colleagues answer in browsers of their own."""
