"""What wins customers and brings them back: coupons, and friends who bring friends."""
