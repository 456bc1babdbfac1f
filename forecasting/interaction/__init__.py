"""One feature against what it adds, over the open deals that a person may read."""
