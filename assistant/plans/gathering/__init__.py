"""What is known of a deal or an account, as far as the reader may open it."""
