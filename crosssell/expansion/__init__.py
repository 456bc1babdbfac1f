"""What existing customers are expected to bring within a horizon, and why."""
