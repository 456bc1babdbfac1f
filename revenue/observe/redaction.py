"""Takes secrets out of whatever is about to be written down, by the name of a field and by look."""

import itertools
import re
from collections.abc import Mapping
from typing import Any

REDACTED = "[redacted]"
DEEPEST = 8
LONGEST = 32_000

SECRET_WORDS = frozenset(
    (
        *("password", "passwd", "passphrase", "pwd", "secret", "secrets", "token", "jwt"),
        *("authorization", "cookie", "cookies", "credential", "credentials", "otp", "totp"),
        *("csrf", "csrftoken", "csrfmiddlewaretoken", "sessionid", "apikey", "dsn", "signature"),
    )
)
SECRET_PAIRS = frozenset(
    (
        *(("api", "key"), ("private", "key"), ("access", "key"), ("secret", "key")),
        *(("encryption", "key"), ("encryption", "keys"), ("session", "id"), ("session", "key")),
        *(("recovery", "code"), ("recovery", "codes"), ("database", "url"), ("broker", "url")),
        *(("redis", "url"), ("email", "url")),
    )
)
SECRET_NAMES = frozenset(["code", "key", "auth"])
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

# A name that stands before its value in free text: `password=x`, `"token": "x"`, `?code=x`.
NAMED = re.compile(
    r"""(?ix)
    (?P<name> \b[\w.-]{0,40}(?:password|passwd|passphrase|secret|token|api[_-]?key|apikey
        |private[_-]?key|authorization|cookie|sessionid|otp|signature|credentials?)
        | [?&](?:code|key|state|auth) )
    (?P<sign> ["']?\s*(?:=>|[:=])\s* )
    (?P<value> (?:bearer|basic|token|key)\s+[^\s"',;]+ | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*'
        | (?!\[redacted\])[^\s"',;&)}>\]]+ )
    """
)
LOOKS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {REDACTED}"),
    (re.compile(r"://[^/\s:@\"']*:[^/\s\"']+@"), f"://{REDACTED}@"),
    (re.compile(r"\bri_[A-Za-z0-9][A-Za-z0-9_-]{7,}"), REDACTED),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"), REDACTED),
    (re.compile(r"\b00D[A-Za-z0-9]{9,15}![A-Za-z0-9._]{20,}"), REDACTED),
    (re.compile(r"\b(?:sk|pk|rk|xox[a-z]|gh[a-z])[-_][A-Za-z0-9_-]{16,}"), REDACTED),
    (
        re.compile(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)"),
        REDACTED,
    ),
    (re.compile(r"(/reset/key/)[^/\s\"']+"), rf"\1{REDACTED}"),
)


def is_secret_name(name: str) -> bool:
    words = [word.lower() for word in WORD.findall(name)]
    return (
        name.lower() in SECRET_NAMES
        or not SECRET_WORDS.isdisjoint(words)
        or any(pair in SECRET_PAIRS for pair in itertools.pairwise(words))
    )


def redact_text(text: str) -> str:
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({len(text) - LONGEST} characters more)"
    for look, instead in LOOKS:
        text = look.sub(instead, text)
    return NAMED.sub(rf"\g<name>\g<sign>{REDACTED}", text)


def redact(value: Any, *, depth: int = 0) -> Any:
    """The same shape in plain types; what is no plain type is written out, then looked at."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return redact_inside(value, depth=depth) if depth < DEEPEST else "…"
    if isinstance(value, bytes | bytearray):
        return redact_text(bytes(value).decode(errors="replace"))
    return redact_text(value if isinstance(value, str) else repr(value))


def redact_inside(holder: Any, *, depth: int) -> Any:
    if not isinstance(holder, Mapping):
        return [redact(each, depth=depth + 1) for each in holder]
    return {
        redact_text(str(name)): REDACTED
        if value not in (None, "") and is_secret_name(str(name))
        else redact(value, depth=depth + 1)
        for name, value in holder.items()
    }
