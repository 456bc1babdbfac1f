"""Who works at the simulated company and signs in here; the CRM has them and their colleagues."""

from dataclasses import dataclass

from revenue.users.roles import Role

DOMAIN = "meridian.example"
GROUP = "Meridian Group"
ORGS = {
    "meridian-americas": ("Meridian Americas", "America/New_York"),
    "meridian-europe": ("Meridian Europe", "Europe/Berlin"),
    "meridian-cloud": ("Meridian Cloud", "UTC"),
}


@dataclass(frozen=True)
class Person:
    name: str
    role: Role
    orgs: tuple[str, ...]
    reports_to: str = ""

    @property
    def email(self) -> str:
        return f"{self.name.lower().replace(' ', '.')}@{DOMAIN}"


EVERY = tuple(ORGS)
AMERICAS, EUROPE, CLOUD = (("meridian-americas",), ("meridian-europe",), ("meridian-cloud",))
PEOPLE = [
    Person("Elena Vargas", Role.EXECUTIVE, EVERY),
    Person("Amara Okafor", Role.ADMIN, EVERY),
    Person("Ines Costa", Role.INTEGRATOR, EVERY),
    Person("Marcus Webb", Role.MANAGER, AMERICAS, "Elena Vargas"),
    Person("Priya Nair", Role.MANAGER, AMERICAS, "Elena Vargas"),
    Person("Rosa Delgado", Role.REP, AMERICAS, "Marcus Webb"),
    Person("Tom Becker", Role.REP, AMERICAS, "Marcus Webb"),
    Person("Hannah Stone", Role.REP, AMERICAS, "Marcus Webb"),
    Person("Diego Ruiz", Role.REP, AMERICAS, "Priya Nair"),
    Person("Grace Kim", Role.REP, AMERICAS, "Priya Nair"),
    Person("Anna Lindqvist", Role.MANAGER, EUROPE, "Elena Vargas"),
    Person("Luca Moretti", Role.MANAGER, EUROPE, "Elena Vargas"),
    Person("Sophie Laurent", Role.REP, EUROPE, "Anna Lindqvist"),
    Person("Jonas Weber", Role.REP, EUROPE, "Anna Lindqvist"),
    Person("Katarzyna Nowak", Role.REP, EUROPE, "Luca Moretti"),
    Person("Finn Murphy", Role.REP, EUROPE, "Luca Moretti"),
    Person("Wei Chen", Role.MANAGER, CLOUD, "Elena Vargas"),
    Person("Noah Williams", Role.REP, CLOUD, "Wei Chen"),
    Person("Yuki Tanaka", Role.REP, CLOUD, "Wei Chen"),
]
