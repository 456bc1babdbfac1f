"""The reader's choice of light or dark: kept with the person, and in a cookie for anybody."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase

THEMES = ("system", "light", "dark")
COOKIE = "theme"
ONE_YEAR_S = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    chosen = getattr(user, "theme", None) if user is not None else None
    chosen = chosen or request.COOKIES.get(COOKIE)
    return str(chosen) if chosen in THEMES else "system"


def keep_theme(*, response: HttpResponseBase, user: Any, theme: str, secure: bool) -> None:
    response.set_cookie(COOKIE, theme, max_age=ONE_YEAR_S, samesite="Lax", secure=secure)
    if user is not None and user.is_authenticated and hasattr(user, "theme"):
        user.theme = theme
        user.save(update_fields=["theme"])
