"""The vocabulary of the table of access: who passes, and what each method answers."""

from dataclasses import dataclass, field
from enum import StrEnum

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


class Persona(StrEnum):
    ANONYMOUS = "anonymous"
    INACTIVE = "inactive"
    STRANGER = "stranger"  # an admin, of another org
    REP = "rep"
    OTHER_REP = "other rep"
    MANAGER = "manager"
    SIBLING_MANAGER = "sibling manager"
    EXECUTIVE = "executive"
    ADMIN = "admin"
    INTEGRATOR = "integrator"
    SUPERUSER = "superuser"  # a member of no org


P = Persona
SIGNED_OUT = {P.ANONYMOUS, P.INACTIVE}
OUTSIDE = {P.STRANGER, P.SUPERUSER}
REPS = {P.REP, P.OTHER_REP}
MANAGERS = {P.MANAGER, P.SIBLING_MANAGER}
SELLING = REPS | MANAGERS | {P.EXECUTIVE}
MEMBERS = SELLING | {P.ADMIN, P.INTEGRATOR}
STAFF = {P.ADMIN, P.STRANGER, P.SUPERUSER}
PEOPLE = set(Persona) - SIGNED_OUT

Answers = dict[str, int]


@dataclass(frozen=True)
class Rule:
    """What those who pass get by method; everybody else is refused."""

    passes: set[Persona]
    answers: Answers
    signed_out: int = 302
    outside: int = 404
    refused: int = 403
    otherwise: int = 405
    method_first: bool = False
    but: dict[Persona, Answers] = field(default_factory=dict)

    def expected(self, *, persona: Persona, method: str) -> int:
        if self.method_first and method not in self.answers:
            return 405
        if persona in self.but and method in self.but[persona]:
            return self.but[persona][method]
        if persona in self.passes:
            return self.answers.get(method, self.otherwise)
        if persona in SIGNED_OUT:
            return self.signed_out
        return self.outside if persona in OUTSIDE else self.refused


def page(*passes: Persona, **answers: int) -> Rule:
    """A page that is read; HEAD follows GET."""
    return Rule(passes=set(passes), answers=methods(**({"get": 200} | answers)))


def action(*passes: Persona, **answers: int) -> Rule:
    return Rule(passes=set(passes), answers=methods(**answers))


def everybody(**answers: int) -> Rule:
    return Rule(passes=set(Persona), answers=methods(**answers))


def always(status: int) -> Rule:
    """Whoever asks, however: what is switched off, or leads elsewhere."""
    return Rule(passes=set(Persona), answers={}, otherwise=status)


def signed_in(**answers: int) -> Rule:
    return Rule(passes=PEOPLE, answers=methods(**answers))


def api(*passes: Persona, **answers: int) -> Rule:
    """A method that is not offered is 405 before it is asked who calls."""
    return Rule(passes=set(passes), answers=methods(**answers), signed_out=401, method_first=True)


def staff(*passes: Persona, strangers: int = 302, **answers: int) -> Rule:
    """A page of Django's admin, which answers every method; a row of another org leads away."""
    return Rule(
        passes=set(passes),
        answers=methods(**answers),
        otherwise=200,
        outside=403,
        but={P.STRANGER: dict.fromkeys(METHODS, strangers)} if P.STRANGER not in passes else {},
    )


def methods(**answers: int) -> Answers:
    found = {name.upper(): status for name, status in answers.items()}
    if "GET" in found:
        found.setdefault("HEAD", found["GET"])
    return found
