"""What the CRM connectors know, in Django's admin; records themselves are read on the pages."""

from accounts.admin import connections, orgs, runs, sellers

__all__ = ["connections", "orgs", "runs", "sellers"]
