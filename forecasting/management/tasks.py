"""What the commands share: days, and which org is meant."""

import argparse
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.management.base import CommandError

from revenue.users.models import Org


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("give a day as 2026-06-30.") from error


def asked_org(options: Mapping[str, Any]) -> Org:
    """Named by its place or by --org."""
    slug = options["slug"] or options["org"]
    if not slug:
        raise CommandError("Name the org, as in --org acme.")
    org = Org.objects.filter(slug=slug).first()
    if org is None:
        raise CommandError(f"There is no org {slug}: manage.py create_org makes one.")
    return org
