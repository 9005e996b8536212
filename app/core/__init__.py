"""What every room stands on. Core knows no customer and no WeChat."""
