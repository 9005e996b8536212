"""The practice phone and the demo shop."""
