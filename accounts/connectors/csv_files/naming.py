"""Ids for what a file gives only a name: the same name is the same id in every file and import."""

import re
import unicodedata
from hashlib import blake2b

BETWEEN = "\x1f"
SPACES = re.compile(r"\s+")


def plain_key(text: str) -> str:
    """However it is spaced and cased."""
    return SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


def squeezed_key(text: str) -> str:
    """`GTXPro` is `GTX Pro`; `GTX Plus Pro` is another one."""
    return plain_key(text).replace(" ", "")


def made_id(object_name: str, *keys: str) -> str:
    said = BETWEEN.join((object_name, *keys)).encode("utf-8", "surrogatepass")
    return f"csv-{blake2b(said, digest_size=10).hexdigest()}"
