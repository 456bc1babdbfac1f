from assistant.search.finding import find
from assistant.search.hits import AccountOrDeal, Hit

__all__ = ["AccountOrDeal", "Hit", "find"]
