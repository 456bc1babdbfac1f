"""Subjects and bodies of activities."""

from typing import TYPE_CHECKING

import numpy as np

from accounts.connectors.demo.activity import CALL, EMAIL, MEETING, Activities
from accounts.connectors.demo.calendar import DAY
from accounts.connectors.demo.draws import Bools, logistic
from accounts.connectors.demo.life import touched_by_plant
from accounts.connectors.demo.satisfaction import CARE
from accounts.connectors.demo.texts import english as en
from accounts.connectors.demo.texts.languages import MAILS
from accounts.connectors.demo.texts.writing import Facts, pick

if TYPE_CHECKING:
    from accounts.connectors.demo.world import Scene

LOCAL_MAILS = 0.75
LATE_STAGE = 3
Text = tuple[str, str | None]


class Talk:
    def __init__(self, scene: "Scene") -> None:
        self.scene, self.chunk = scene, scene.chunk
        self.writer = scene.writer

    def texts(self, activities: Activities) -> list[Text]:
        """Subject and body of each."""
        writer, chunk, number = self.writer, self.chunk, activities.number
        account, contact = activities.account.copy(), activities.contact
        of_lead = activities.lead >= 0
        facts = writer.facts(
            account=np.where(of_lead, 0, account),
            number=number,
            at=activities.created_at,
            contact=np.maximum(contact, 0),
            owner=activities.owner,
            deal=activities.deal,
        )
        feels_well = chunk.setting.draws.happens(
            "said well", logistic(1.7 * activities.mood), number
        )
        buys = self.scene.customers.was_one(account, activities.created_at)
        rival = self._names_rival(activities)
        planted = self._names_plant(activities)
        ahead = activities.happens_at > chunk.until
        found: list[Text] = []
        said = zip(facts, writer.drawn("said", number), strict=True)
        for place, (known, drawn) in enumerate(said):
            if of_lead[place]:
                about = self.scene.lead_facts(int(activities.lead[place]))
                found.append(_lead(known | about, drawn))
            elif activities.care[place] >= 0:
                kind = int(activities.care[place])
                found.append(_care(known, drawn, kind, feels_well[place], buys[place]))
            elif activities.kind[place] == EMAIL:
                language = writer.language[account[place]]
                found.append(
                    self._mail(activities, place, known, drawn, language, bool(feels_well[place]),
                               bool(rival[place]), bool(planted[place]))
                )  # fmt: skip
            else:
                found.append(
                    _note(int(activities.kind[place]), known, drawn, feels_well[place],
                          is_ahead=bool(ahead[place]))
                )  # fmt: skip
        return found

    def _names_rival(self, activities: Activities) -> Bools:
        deals, deal = self.chunk.deals, activities.deal
        if not len(deals):
            return np.zeros(len(deal), dtype=bool)
        real = (deals.competitor[deal] == 1) | (deals.competitor[deal] == 2)
        known = deals.competitor_known_at[deal] <= activities.created_at
        says = self.chunk.setting.draws.happens("names rival", 0.3, activities.number)
        return np.asarray((deal >= 0) & real & known & says)

    def _names_plant(self, activities: Activities) -> Bools:
        deals, deal = self.chunk.deals, activities.deal
        if not len(deals):
            return np.zeros(len(deal), dtype=bool)
        touched = touched_by_plant(
            self.chunk.setting,
            self.chunk.sellers,
            industry=deals.industry[deal],
            owner=activities.owner,
            stage=activities.stage,
            days=activities.created_at // DAY,
        )
        says = self.chunk.setting.draws.happens("names plant", 0.3, activities.number)
        return np.asarray((deal >= 0) & touched & says)

    def _mail(
        self, activities: Activities, place: int, known: Facts, drawn: tuple[float, ...],
        language: str, feels_well: bool, names_rival: bool, names_plant: bool,
    ) -> Text:  # fmt: skip
        incoming = bool(activities.incoming[place])
        if incoming:
            # They write to the seller, and sign.
            known = known | {"to": known["by"].split()[0], "by": known["to"]}
        if language in MAILS and drawn[0] < LOCAL_MAILS:
            return _local_mail(MAILS[language], known, drawn, incoming, feels_well)
        stage = int(activities.stage[place])
        pool: tuple[str, ...]
        if not incoming:
            pool = en.EMAIL_OUT_LATE if stage >= LATE_STAGE else en.EMAIL_OUT_EARLY
        elif names_plant:
            pool = en.PLANT_IN.get(self.chunk.setting.plant.cause, en.EMAIL_IN_BAD)
        elif names_rival:
            pool = en.COMPETITOR_IN
        else:
            pool = en.EMAIL_IN_GOOD if feels_well else en.EMAIL_IN_BAD
        subject = pick(en.SUBJECTS["in" if incoming else "out"], drawn[1])
        middle = pick(pool, drawn[2])
        if drawn[3] < 0.35:
            more = pick(en.EMAIL_IN_GOOD if feels_well else en.EMAIL_IN_BAD, drawn[4])
            middle = f"{middle}\n\n{more}" if incoming and more != middle else middle
        body = f"{pick(en.GREETINGS, drawn[5])}\n\n{middle}\n\n{pick(en.FAREWELLS, drawn[6])}"
        return subject.format_map(known), body.format_map(known)


def _local_mail(
    words: tuple[tuple[str, ...], ...],
    known: Facts,
    drawn: tuple[float, ...],
    incoming: bool,
    feels_well: bool,
) -> Text:
    greetings, farewells, subjects, ours, good, bad = words
    known = known | {"day": known["local day"], "month": known["local month"]}
    middle = pick((good if feels_well else bad) if incoming else ours, drawn[2])
    body = f"{pick(greetings, drawn[5])}\n\n{middle}\n\n{pick(farewells, drawn[6])}"
    return pick(subjects, drawn[1]).format_map(known), body.format_map(known)


def _note(
    kind: int, known: Facts, drawn: tuple[float, ...], feels_well: bool, *, is_ahead: bool
) -> Text:
    name = {CALL: "call", MEETING: "meeting"}.get(kind, "task")
    pool = {CALL: en.CALL_NOTES, MEETING: en.MEETING_NOTES}.get(kind, en.TASK_NOTES)
    subject = pick(en.SUBJECTS[name], drawn[1]).format_map(known)
    is_plan = is_ahead and kind == MEETING
    note = pick(en.MEETING_PLANS if is_plan else pool, drawn[2])  # type: ignore[arg-type]
    if note is None:
        return subject, None
    if name != "task" and not is_plan and drawn[3] < 0.6:
        note = f"{note} {pick(en.GOOD_SIGNS if feels_well else en.BAD_SIGNS, drawn[4])}"
    return subject, note.format_map(known)


def _care(known: Facts, drawn: tuple[float, ...], kind: int, feels_well: bool, buys: bool) -> Text:
    """Of users, cases and renewals only where there is something to use and to renew."""
    known = known | {"care": CARE[kind]}
    good, bad = (en.CARE_GOOD, en.CARE_BAD) if buys else (en.PROSPECT_GOOD, en.PROSPECT_BAD)
    note = pick(good if feels_well else bad, drawn[2])
    return pick(en.SUBJECTS["care"], drawn[1]).format_map(known), note.format_map(known)


def _lead(known: Facts, drawn: tuple[float, ...]) -> Text:
    subject = pick(en.SUBJECTS["lead"], drawn[1])
    return subject.format_map(known), pick(en.LEAD_NOTES, drawn[2]).format_map(known)
