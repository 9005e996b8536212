"""Measuring the product: figures are ratios to a constant page of the same run."""
