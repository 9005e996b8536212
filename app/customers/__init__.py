"""The customer, every identity they have, and the one timeline of what happened."""
