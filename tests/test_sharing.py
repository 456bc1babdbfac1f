import pytest

from tests.sharing import group_of


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/jobs/test_workers.py::test_time_limit[redis]", "broker redis"),
        ("tests/jobs/test_survival.py::test_child_killed[embedded]", "broker embedded"),
        ("tests/e2e/test_sign_in.py::test_passkey[chromium]", "browser"),
        ("tests/revenue/supervisor/test_watching.py::test_a_second_up", "running system"),
        ("tests/jobs/test_models.py::test_x[redistribution]", None),
        ("tests/users/test_home.py::test_x[redis]", None),
    ],
)
def test_who_shares(nodeid: str, group: str | None) -> None:
    assert group_of(nodeid) == (group or nodeid)
