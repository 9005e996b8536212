"""What colleagues see of communities, and what a visitor of /g/ sees."""
