"""The five roles; a person has one in each org of which they are a member."""

from django.db import models


class Role(models.TextChoices):
    REP = "rep", "Rep"
    MANAGER = "manager", "Manager"
    EXECUTIVE = "executive", "Executive"
    ADMIN = "admin", "Admin"
    INTEGRATOR = "integrator", "Integrator"


SELLING = (Role.REP, Role.MANAGER, Role.EXECUTIVE)
ANY_ROLE = tuple(Role)
