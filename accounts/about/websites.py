"""Addresses as somebody typed them into a CRM."""

import re


def website_of(address: str) -> str:
    """Only what is an address of the web becomes a link."""
    found = address.strip()
    if found.startswith(("https://", "http://")):
        return found
    return f"https://{found}" if "." in found and ":" not in found and " " not in found else ""


def bare(website: str) -> str:
    """As people say it: without scheme, www and the last slash."""
    return re.sub(r"^https?://(www\.)?", "", website.strip(), flags=re.IGNORECASE).rstrip("/")
