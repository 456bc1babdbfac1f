"""What a program wrote, or anybody typed, made harmless: as text and as a page."""

from assistant.markup.cleaning import cleaned
from assistant.markup.rendering import addresses_in, as_html, as_text
from assistant.markup.sources import Source, is_own

__all__ = ["Source", "addresses_in", "as_html", "as_text", "cleaned", "is_own"]
