"""Computed answers, by agent: each from the very functions of the page that it leads to."""
