"""What colleagues see of coupons and of friends who brought friends."""
