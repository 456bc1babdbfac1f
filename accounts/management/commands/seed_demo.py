import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.demo_people import password_of_demo, seed_people, write_sign_ins

SIGN_INS = settings.DATA_DIR / "demo-sign-ins.json"


class Command(BaseCommand):
    help = "Fill the installation with a simulated company; running it again adds what is missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        self.stderr.write("Adding the people of the simulated company ...")
        password = password_of_demo(sign_ins=SIGN_INS)
        counts = seed_people(password=password)
        write_sign_ins(sign_ins=SIGN_INS, password=password)
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            self.stdout.write(
                f"{counts['orgs']} orgs and {counts['people']} people; "
                f"their sign-ins are in {SIGN_INS}."
            )
