"""What customers have already: what runs out, what they buy again, and what they take more of."""
