"""A small SOQL: what it reads, it reads as Salesforce does; what it refuses, likewise."""

from tests.salesforce.soql.errors import QueryError
from tests.salesforce.soql.parser import parse
from tests.salesforce.soql.run import Result, run

__all__ = ["QueryError", "Result", "parse", "run"]
