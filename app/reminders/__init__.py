"""When to get in touch again, and who has gone quiet."""
