"""Communities: groups of customers by what they need, and the topics that pass between them."""
