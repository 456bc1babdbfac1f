import json
import sys
from argparse import ArgumentParser
from contextlib import redirect_stdout
from smtplib import SMTPException
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from revenue.users import members, orgs
from revenue.users.models import Org


class Command(BaseCommand):
    help = "Make an org, and invite its first admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="stands in every address of the org, such as acme-europe")
        parser.add_argument("--kind", choices=Org.Kind.values, default=Org.Kind.CSV)
        parser.add_argument("--name", default="", help="made from the slug where none is given")
        parser.add_argument("--admin", default="", metavar="EMAIL", help="its first admin")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        self.stderr.write(f"Making the org {options['slug']} ...")
        try:
            org, membership = orgs.create_org(
                slug=options["slug"],
                name=options["name"],
                kind=options["kind"],
                admin_email=options["admin"],
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        invited = membership is not None and self.invite(membership)
        if options["json"]:
            answer = {
                "slug": org.slug,
                "name": org.name,
                "kind": org.kind,
                "id": org.pk,
                "admin": membership.user.email if membership else None,
                "invited": invited,
            }
            self.stdout.write(json.dumps(answer))
        else:
            self.stdout.write(f"{org.name} is there: /o/{org.slug}/")

    def invite(self, membership: Any) -> bool:
        """The org stands whether or not the mail goes out."""
        self.stderr.write(f"Inviting {membership.user.email} ...")
        try:
            # A mail backend that prints must not print among the JSON.
            with redirect_stdout(sys.stderr):
                members.send_invitation(membership=membership, by=None)
        except (OSError, SMTPException) as error:
            self.stderr.write(
                f"The invitation could not be sent ({error}). Check EMAIL_URL, then send it again "
                "from the page of members."
            )
            return False
        return True
