"""The first screen, and how the machine is doing."""
