"""What is shared, sealed, requested, and released to whom."""
