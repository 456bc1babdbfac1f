from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from revenue.users.models import Org


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--scale", "huge"), "There is no scale 'huge': use one of tiny, small, medium, large"),
        (("--seed", "many"), "--seed: invalid int value"),
        (("--seed", "-1"), "--seed: give a number of 0 or more"),
        (("--until", "30.6.2026"), "--until: give a day as 2026-06-30"),
        (("--until", "1890-01-01"), "--until: give a day from 2000-01-01 on"),
    ],
)
@pytest.mark.django_db
def test_nonsense_is_refused_before_anything_is_made(arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("seed_demo", *arguments, stderr=StringIO())
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not Org.objects.filter(slug__startswith="meridian").exists()
