import argparse
import json
import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Opportunity
from assistant.plans.making import Plan, plan_for
from assistant.plans.text import text_of
from revenue.users.models import Membership, Org
from revenue.users.roles import Role


class Command(BaseCommand):
    help = "Write the plan for a call about a deal, without a provider; nothing is kept."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("opportunity_id", nargs="?", help="as the CRM has it")
        parser.add_argument("--org", help="the org's short name, where an id is in several")
        parser.add_argument("--as", dest="reader", help="e-mail of whom to write it for")
        parser.add_argument("--all", type=int, metavar="N", help="of N open deals; figures alone")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["all"]:
            said = self.measured(most=options["all"], **options)
        else:
            deal = self.deal_of(options["opportunity_id"], slug=options["org"])
            reader = reader_of(deal.org, email=options["reader"])
            said = told(deal, *timed(deal, reader))
        self.stdout.write(json.dumps(said) if options["json"] else in_words(said))

    def deal_of(self, ref: str | None, *, slug: str | None) -> Opportunity:
        rows = Opportunity.objects.present().select_related("org", "owner")
        rows = rows.filter(external_id=ref or "")
        found = list(rows.filter(org__slug=slug) if slug else rows)
        if not found:
            raise CommandError("Name a deal that there is by its id in the CRM; --all N takes any.")
        if len(found) > 1:
            orgs = ", ".join(sorted(row.org.slug for row in found))
            raise CommandError(f"That id is in several orgs: say which with --org ({orgs}).")
        deal: Opportunity = found[0]
        return deal

    def measured(self, *, most: int, org: str | None, **options: Any) -> dict[str, Any]:
        """How many figures and claims were checked and left out, and how long a plan took."""
        orgs = Org.objects.filter(slug=org) if org else Org.objects.order_by("slug")
        if not orgs:
            raise CommandError(
                "Name an org that there is, as in: manage.py plan --all 20 --org acme."
            )
        seconds, counted, struck = [], {"figures": 0, "claims": 0, "struck": 0}, []
        for deal, reader in deals_of(list(orgs), most=most, email=options["reader"]):
            plan, took = timed(deal, reader)
            seconds.append(took)
            for name, size in plan.counted.items():
                counted[name] += size
            struck += [f"{each.why} {each.claim.text}" for s in plan.sections for each in s.struck]
            self.stderr.write(f"{len(seconds)} of {most}: {took:.2f} s {deal.name}")
        if not seconds:
            raise CommandError("There is no open deal to plan a call for.")
        cuts = statistics.quantiles(seconds, n=20) if len(seconds) > 1 else [seconds[0]] * 19
        return {
            "plans": len(seconds),
            **counted,
            "median_s": round(statistics.median(seconds), 3),
            "p95_s": round(cuts[18], 3),
            "refused": struck[:20],
        }


def deals_of(
    orgs: list[Org], *, most: int, email: str | None
) -> Iterator[tuple[Opportunity, Membership]]:
    """Open ones, taken from each org in turn."""
    readers = {org.pk: reader_of(org, email=email) for org in orgs}
    rows = [
        list(
            Opportunity.objects.visible_to(readers[org.pk])
            .filter(is_closed=False)
            .select_related("org", "owner")
            .order_by("id")[:most]
        )
        for org in orgs
    ]
    done = 0
    for place in range(max((len(each) for each in rows), default=0)):
        for each in rows:
            if place < len(each) and done < most:
                done += 1
                yield each[place], readers[each[place].org_id]


def reader_of(org: Org, *, email: str | None) -> Membership:
    """Whoever is named; else one who reads the whole org."""
    rows = Membership.objects.active().select_related("org", "user").filter(org=org)
    if email:
        found = rows.filter(user__email__iexact=email).first()
    else:
        found = rows.filter(role__in=(Role.EXECUTIVE, Role.ADMIN)).order_by("id").first()
    if found is None:
        who = f"{email} is no active member" if email else "Nobody is an executive or an admin"
        raise CommandError(f"{who} of {org.name}: name a member with --as.")
    return found


def timed(deal: Opportunity, reader: Membership) -> tuple[Plan, float]:
    if not Opportunity.objects.visible_to(reader).filter(pk=deal.pk).exists():
        raise CommandError(f"{reader.user} may not read that deal.")
    begun = time.perf_counter()
    plan = plan_for(reader=reader, deal=deal, at=timezone.now())
    return plan, time.perf_counter() - begun


def told(deal: Opportunity, plan: Plan, seconds: float) -> dict[str, Any]:
    return {
        "deal": deal.external_id,
        "name": deal.name,
        "sections": [
            {
                "key": each.key,
                "title": each.title,
                "text": text_of(each.points),
                "figures": each.figures,
                "claims": each.claims,
                "struck": len(each.struck),
            }
            for each in plan.sections
        ],
        **plan.counted,
        "refused": [
            {"text": each.claim.text, "why": each.why} for s in plan.sections for each in s.struck
        ],
        "sources": {key: each.title for key, each in plan.sources.items()},
        "seconds": round(seconds, 3),
    }


def in_words(said: dict[str, Any]) -> str:
    checked = (
        f"{said['figures']} figures and {said['claims']} claims checked; {said['struck']} left out."
    )
    if "plans" in said:
        return (
            f"{said['plans']} plans. {checked} {said['median_s']} s a plan in the median, 95 % in"
            f" {said['p95_s']} s or less."
        )
    parts = [f"## {each['title']}\n{each['text']}" for each in said["sections"]]
    return "\n\n".join([f"# {said['name']}", *parts, f"{checked} {said['seconds']} s."])
