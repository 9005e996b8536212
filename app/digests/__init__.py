"""What goes out to colleagues: the list of the day, what is due now, the owner's report."""
