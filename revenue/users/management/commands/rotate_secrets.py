import json
from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialApp
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Model, QuerySet

from revenue.users import sign_on
from revenue.users.encryption import UndecryptableError, rotate

FACTOR_SECRETS = ("secret", "seed")


def encrypted() -> list[tuple[type[Model], tuple[str, ...]]]:
    """Models of any app say themselves which of their columns hold what `encrypt` made."""
    return [
        (model, model.encrypted_fields)
        for model in apps.get_models()
        if hasattr(model, "encrypted_fields")
    ]


class Command(BaseCommand):
    help = (
        "Encrypt stored secrets anew with the first of SECRET_ENCRYPTION_KEYS. Put the new key in "
        "front of the old one, restart, run this, then take the old one out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                counts = {"second_factors": self.factors(), "providers": self.providers()}
                for model, columns in encrypted():
                    name = str(model._meta.verbose_name_plural).replace(" ", "_")
                    counts[name] = self.columns(model, columns)
        except UndecryptableError as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            found = [f"{count} {name.replace('_', ' ')}" for name, count in counts.items()]
            said = f"{', '.join(found[:-1])} and {found[-1]}"
            self.stdout.write(f"{said} are encrypted with the first key.")

    def columns(self, model: type[Model], columns: tuple[str, ...]) -> int:
        self.stderr.write(f"{str(model._meta.verbose_name_plural).capitalize()} ...")
        done = 0
        rows: QuerySet[Model] = QuerySet(model)
        for row in rows.select_for_update(of=("self",)).order_by("pk"):
            held = [name for name in columns if getattr(row, name)]
            for name in held:
                setattr(row, name, rotate(getattr(row, name)))
            if held:
                row.save(update_fields=held)
                done += 1
        return done

    def factors(self) -> int:
        self.stderr.write("Second factors ...")
        done = 0
        for factor in Authenticator.objects.select_for_update().order_by("pk"):
            held = [name for name in FACTOR_SECRETS if name in factor.data]
            factor.data |= {name: rotate(factor.data[name]) for name in held}
            if codes := factor.data.get("migrated_codes"):
                factor.data["migrated_codes"] = [rotate(code) for code in codes]
            if held or codes:
                factor.save(update_fields=["data"])
                done += 1
        return done

    def providers(self) -> int:
        self.stderr.write("Providers of single sign-on ...")
        done = 0
        for app in SocialApp.objects.select_for_update().order_by("pk"):
            if stored := app.settings.get(sign_on.SECRET):
                app.settings[sign_on.SECRET] = rotate(stored)
                app.save(update_fields=["settings"])
                done += 1
        return done
