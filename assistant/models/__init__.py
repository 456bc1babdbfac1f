"""Words: who writes, what is known, what finds, what was planned and said."""
