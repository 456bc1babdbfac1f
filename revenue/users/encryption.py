"""Secrets at rest: the first of SECRET_ENCRYPTION_KEYS encrypts, every one of them decrypts."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class UndecryptableError(Exception):
    pass


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "SECRET_ENCRYPTION_KEYS holds something that is no key. Make one with: python -c "
            "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        ) from error


def _current_box() -> MultiFernet:
    return _box(tuple(settings.SECRET_ENCRYPTION_KEYS))


def encrypt(text: str) -> str:
    return _current_box().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    try:
        return _current_box().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise UndecryptableError(_no_key()) from error


def rotate(token: str) -> str:
    """The same secret under the first key; its own moment of making stays."""
    try:
        return _current_box().rotate(token.encode()).decode()
    except InvalidToken as error:
        raise UndecryptableError(_no_key()) from error


def _no_key() -> str:
    return (
        "A stored secret was encrypted with a key that SECRET_ENCRYPTION_KEYS no longer holds. "
        "Add the old key to the end of that setting, then run: manage.py rotate_secrets"
    )
