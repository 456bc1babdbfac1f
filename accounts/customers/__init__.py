"""Customers as they were at moments: what every learned task about accounts is made of."""
