"""Any record as it was known at any moment, as sets that one query works out.

What is known of the past comes from three places: rows that the CRM keeps of each save of a deal
(`StageChange`), its history of single fields, and the changes that our own syncs saw
(`FieldChange`). A field that none of them speaks of is taken to have been as it is now, but for
the outcome of a deal: what a closed deal was before it closed is not guessed from its end.
"""

from accounts.history.activities import activities
from accounts.history.deals import opportunities
from accounts.history.records import record_as_of, records
from accounts.history.relation import Relation

__all__ = ["Relation", "activities", "opportunities", "record_as_of", "records"]
