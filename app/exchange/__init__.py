"""Files in: customers and purchases from the shop's own Excel."""
