"""How well customers are, and what they are worth."""
