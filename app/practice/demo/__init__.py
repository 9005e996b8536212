"""The demo shop 「小禾母婴」: facts from a seed, and two ways to write them down."""
