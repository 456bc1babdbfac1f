"""What the page of a deal says of what is foreseen: rows read once, rules that need no database."""
