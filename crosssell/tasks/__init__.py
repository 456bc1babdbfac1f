"""Jobs of cross-sell; a worker finds them by this name."""

from crosssell.tasks import allocating, expanding, recommending

__all__ = ["allocating", "expanding", "recommending"]
