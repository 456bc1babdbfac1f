"""How well customers are, as people read it: the list, the pictures, the account."""
