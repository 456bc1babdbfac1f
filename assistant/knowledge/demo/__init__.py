"""What the simulated company has written down: five documents, and questions judged by hand."""
