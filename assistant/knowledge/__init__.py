"""What the house has written down: brought as files, read apart, kept as passages."""
