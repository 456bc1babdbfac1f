"""The team whose leads are scored: what each page shows of them, and to whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Activity, Lead
from forecasting.models import LeadScore
from tests.crosssell.team import DAY, Team
from tests.factories.facts import a_lead, an_activity
from tests.factories.outlooks import a_lead_score

NOW = datetime(DAY.year, DAY.month, DAY.day, 23, 59, 59, tzinfo=UTC)  # by the org's clock
CAME = NOW - timedelta(days=10)


class LeadTeam(Team):
    def lead(self, who: str = "rep", **facts: Any) -> Lead:
        usual: dict[str, Any] = {"created_at": CAME, "owner_ref": f"u-{who}"}
        return a_lead(org=self.org, **usual | facts)

    def score(self, name: str = "", who: str = "rep", **facts: Any) -> LeadScore:
        """Of a lead with the name, where none is given."""
        if "lead" not in facts:
            facts["lead"] = self.lead(who, **({"name": name} if name else {}))
        return a_lead_score(**facts)

    def answer(self, lead: Lead, *, after: timedelta, **facts: Any) -> Activity:
        assert lead.created_at is not None
        at = lead.created_at + after
        usual: dict[str, Any] = {"kind": "call", "happens_at": at, "created_at": at}
        return an_activity(org=self.org, lead_ref=lead.external_id, **usual | facts)

    def page(self, who: str, path: str = "lead-scores/", **headers: str) -> Any:
        answer = self.client(who).get(f"/o/acme/{path}", headers=headers)
        assert answer.status_code == 200, answer.status_code
        return answer

    def names(self, who: str, query: str = "") -> list[str]:
        rows = self.page(who, f"lead-scores/{query}").context["table"].page.rows
        return [row.lead.name for row in rows]

    def queries(self, who: str, path: str = "lead-scores/") -> int:
        client = self.client(who)
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"/o/acme/{path}").status_code == 200
        return len([each for each in found if 'last_seen_at" =' not in each["sql"]])
