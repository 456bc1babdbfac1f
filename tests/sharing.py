"""Which tests run on one worker of a parallel run: those that share what is dear to start.

Groups follow addresses of tests rather than marks: the process that hands out tests sees no marks,
and pytest-xdist 3.8 passes them on by way of an attribute that pytest no longer reads.
"""

import re

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

GROUPS = (
    (re.compile(r"^tests/e2e/"), "browser"),
    (re.compile(r"^tests/jobs/.*\[(embedded|redis|rabbitmq)\b"), "broker"),
    (re.compile(r"^tests/accounts/sync/test_(campaign|jobs)\.py::"), "syncing worker"),
    (re.compile(r"^tests/revenue/supervisor/test_watching\.py::"), "running system"),
)


def group_of(nodeid: str) -> str:
    for pattern, name in GROUPS:
        found = pattern.match(nodeid)
        if found:
            return " ".join([name, *found.groups()])
    return nodeid


class SharingScheduling(LoadScopeScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
