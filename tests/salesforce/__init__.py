"""Salesforce on this machine, for tests and for a person; nothing of it reaches the product."""

from tests.salesforce.plan import Plan
from tests.salesforce.simulator import Simulator

__all__ = ["Plan", "Simulator"]
