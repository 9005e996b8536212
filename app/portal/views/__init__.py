"""The members' pages, and what colleagues see of them."""
