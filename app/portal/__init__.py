"""The customers' own pages: who comes in, their card, their things, and their privacy."""
