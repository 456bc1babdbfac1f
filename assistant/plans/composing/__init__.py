"""A plan put together from what is known, without a provider."""
