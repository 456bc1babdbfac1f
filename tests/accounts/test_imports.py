"""The pages of imports: brought, looked at, mapped, imported, told."""

import csv
import gzip
import io
import re
import zipfile
from typing import Any

import pytest
import yaml
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import tasks
from accounts.connectors.csv_files.mapping import parse_mapping
from accounts.models import Account, ColumnMapping, CrmUser, Opportunity, RefusedRow, Upload
from accounts.uploading import keeping
from revenue.jobs.models import Job
from revenue.jobs.run import JobRun
from revenue.users.models import AuditEvent, Org
from revenue.users.roles import Role
from tests.factories.people import MembershipFactory, OrgFactory

pytestmark = pytest.mark.django_db

DEALS = """Deal ref;Customer;Sales rep;Phase;Value;Expected close;Segment
D1;Initech;Rosa;Closed Won;1.200,50;20.10.2016;=cmd()
D2;Hooli;Ben;Offer;900,00;21.10.2016;Mid
D3;Initech;Rosa;Closed Lost;viel;22.10.2016;Mid
"""
SALESFORCE = (
    "Id,Name,OwnerId,StageName,Amount,CloseDate,IsClosed,IsWon,CreatedDate\n"
    "006A00000000001AAA,Big,005A00000000001AAA,Won,10,2024-01-02,true,true,2023-01-01 10:00:00\n"
)


@pytest.fixture
def org(settings: LazySettings, tmp_path: Any) -> Org:
    settings.MEDIA_ROOT = tmp_path
    return OrgFactory(kind=Org.Kind.CSV, slug="acme")


@pytest.fixture
def admin(client: Client, org: Org) -> Client:
    client.force_login(MembershipFactory(org=org, role=Role.ADMIN).user)
    return client


def url(name: str, *arguments: Any) -> str:
    return reverse(f"accounts:import-{name}", args=["acme", *arguments])


def bring(client: Client, *, status: int = 302, **files: str | bytes) -> Any:
    """`deals__csv=` is deals.csv."""
    given = [
        SimpleUploadedFile(
            name.replace("__", "."), text.encode() if isinstance(text, str) else text
        )
        for name, text in files.items()
    ]
    answer = client.post(url("upload"), {"files": given})
    assert answer.status_code == status, answer.content.decode()[:2000]
    return Upload.objects.latest("id") if status == 302 else answer.content.decode()


def run(client: Client, upload: Upload) -> Upload:
    """As the page starts it and a worker does it."""
    assert client.post(url("start", upload.pk)).status_code == 302
    job = Upload.objects.get(pk=upload.pk).job
    assert job is not None
    Job.objects.filter(pk=job.pk).update(
        state="running",
        attempts=1,
        started_at=timezone.now(),
        attempted_at=timezone.now(),
        heartbeat_at=timezone.now(),
    )
    job.refresh_from_db()
    tasks.import_upload.function(JobRun.of(job))
    Job.objects.filter(pk=job.pk).update(state="succeeded", finished_at=timezone.now())
    return Upload.objects.get(pk=upload.pk)


def show(client: Client, upload: Upload, **headers: str) -> str:
    answer = client.get(url("show", upload.pk), headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def fields(html: str) -> dict[str, Any]:
    """What a browser would send of the form of columns, as it stands."""
    form = html.split('id="columns-form"', 1)[1].split("</form>", 1)[0]
    found: dict[str, Any] = {"object": re.search(r'name="object" value="(\w+)"', form)[1]}  # type: ignore[index]
    for name, inside in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    for box in re.findall(r'<input type="checkbox"[^>]*>', form):
        if "checked" in box:
            name = re.search(r'name="(\w+)"', box)[1]  # type: ignore[index]
            value = re.search(r'value="([^"]*)"', box)
            found.setdefault(name, []).append(value[1] if value else "on")
    return found


@pytest.fixture
def mapped(admin: Client) -> Upload:
    upload: Upload = bring(admin, deals__csv=DEALS)
    page = url("map", upload.files.get().pk)
    sent = fields(admin.get(page).content.decode())
    assert admin.post(page, sent | {"stages": "shown"}).status_code == 302
    return upload


def test_a_known_layout_goes_straight_in(admin: Client, org: Org) -> None:
    upload = bring(admin, Opportunity__csv=SALESFORCE)
    assert "Salesforce Opportunity" in show(admin, upload)
    upload = run(admin, upload)
    html = show(admin, upload)
    assert "Opportunity.csv" in html
    assert (upload.rows_accepted, upload.rows_written, upload.rows_refused) == (1, 1, 0)
    assert Opportunity.objects.of(org).get().name == "Big"
    org.refresh_from_db()
    assert str(org.clock_date) == "2024-01-02"
    said = AuditEvent.objects.filter(org=org).values_list("action", flat=True)
    assert {"org_changed", "job_started"} <= set(said)


def test_the_same_file_again_changes_nothing_and_says_so(admin: Client) -> None:
    run(admin, bring(admin, Opportunity__csv=SALESFORCE))
    again = run(admin, bring(admin, Opportunity__csv=SALESFORCE))
    assert (again.rows_accepted, again.rows_written) == (1, 0)
    assert "Nothing changed" in show(admin, again)


def test_files_are_gone_after_the_import(admin: Client) -> None:
    upload = bring(admin, Opportunity__csv=SALESFORCE)
    assert list(keeping.folder_of(upload).iterdir()) != []
    upload = run(admin, upload)
    assert not keeping.folder_of(upload).exists()
    assert upload.files_removed_at is not None


def test_the_guess_needs_no_hand(admin: Client, mapped: Upload) -> None:
    said = ColumnMapping.objects.get().said
    assert said == {
        "object": "opportunity",
        "id": "Deal ref",
        "columns": {
            "Customer": {"column": "account_ref", "by": "name"},
            "Sales rep": {"column": "owner_ref", "by": "name"},
            "Phase": "stage",
            "Value": "amount",
            "Expected close": "close_date",
        },
        "won": ["Closed Won"],
        "lost": ["Closed Lost"],
    }


def test_a_file_of_unknown_layout_is_mapped_and_imported(
    admin: Client, mapped: Upload, org: Org
) -> None:
    assert "Columns are known" in show(admin, mapped)
    upload = run(admin, mapped)
    assert (upload.rows_accepted, upload.rows_refused) == (2, 1)
    deal = Opportunity.objects.of(org).get(external_id="D1")
    assert (str(deal.amount), str(deal.close_date)) == ("1200.5000", "2016-10-20")
    assert (deal.is_won, deal.is_closed, deal.extra) == (True, True, {"Segment": "=cmd()"})
    assert deal.owner is not None
    assert deal.owner.name == "Rosa"
    assert deal.account == Account.objects.of(org).get(name="Initech")
    assert CrmUser.objects.of(org).count() == 2
    html = show(admin, upload)
    assert "“Value” is “viel”, which is no number." in html


def test_whom_a_file_only_names_is_not_made_twice(admin: Client, org: Org) -> None:
    accounts = "Id,Name,Industry,CreatedDate\n001A00000000001AAA,Initech,Tech,2015-01-01\n"
    run(admin, bring(admin, Account__csv=accounts))
    upload = bring(admin, deals__csv=DEALS)
    page = url("map", upload.files.get().pk)
    admin.post(page, fields(admin.get(page).content.decode()) | {"stages": "shown"})
    run(admin, upload)
    assert sorted(Account.objects.of(org).values_list("name", flat=True)) == ["Hooli", "Initech"]
    deal = Opportunity.objects.of(org).get(external_id="D1")
    assert deal.account_ref == "001A00000000001AAA"


def test_refused_rows_are_handed_out_with_their_lines_and_without_formulas(
    admin: Client, mapped: Upload, org: Org
) -> None:
    bad = DEALS.replace("viel;22.10.2016;Mid", "viel;22.10.2016;=cmd()")
    mapped = bring(admin, deals__csv=bad)
    upload = run(admin, mapped)
    answer = admin.get(url("refused", upload.pk))
    text = b"".join(answer).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["File"], row["Line"], row["Deal ref"], row["Value"]) == (
        "deals.csv",
        "4",
        "D3",
        "viel",
    )
    assert row["Segment"] == "'=cmd()"
    assert "no number" in row["Why"]
    assert AuditEvent.objects.filter(org=org, action="export_taken").count() == 1


def test_a_corrected_file_clears_its_refusals(admin: Client, mapped: Upload) -> None:
    first = run(admin, mapped)
    assert first.rows_refused == 1
    second = run(admin, bring(admin, deals__csv=DEALS.replace("viel", "5,00")))
    assert (second.rows_accepted, second.rows_written, second.rows_refused) == (3, 1, 0)
    assert not RefusedRow.objects.exists()
    assert "1 were refused" in show(admin, first) or "not listed any more" in show(admin, first)


def test_one_file_that_is_not_known_leads_to_its_columns(admin: Client) -> None:
    given = SimpleUploadedFile("deals.csv", DEALS.encode())
    answer = admin.post(url("upload"), {"files": given})
    assert answer["Location"] == url("map", Upload.objects.get().files.get().pk)


def test_the_preview_follows_the_form(admin: Client) -> None:
    upload = bring(admin, deals__csv=DEALS)
    page = url("map", upload.files.get().pk)
    html = admin.get(page).content.decode()
    assert "Of the first 3 rows 1 would be refused" in html
    sent = fields(html) | {"goes_4": "skip"}
    answer = admin.post(page, sent, headers={"HX-Request": "true", "HX-Target": "preview"})
    part = answer.content.decode()
    assert part.lstrip().startswith("<section")
    assert "None of the first 3 rows would be refused" in part
    assert "1,200.50" not in part
    assert not ColumnMapping.objects.exists()


def test_what_cannot_be_kept_of_the_form_is_said(admin: Client) -> None:
    upload = bring(admin, deals__csv=DEALS)
    page = url("map", upload.files.get().pk)
    sent = fields(admin.get(page).content.decode())
    twice = admin.post(page, sent | {"goes_6": "column:stage"})
    assert twice.status_code == 422
    assert "is filled by “Phase” already" in twice.content.decode()
    sent.pop("key_0")
    assert "Tick the column" in admin.post(page, sent).content.decode()
    assert not ColumnMapping.objects.exists()


def test_another_object_brings_another_guess(admin: Client) -> None:
    upload = bring(admin, people__csv="Full name,E-mail,Company\nRosa,rosa@x.example,Initech\n")
    page = url("map", upload.files.get().pk)
    assert fields(admin.get(page).content.decode())["object"] == "Contact"
    lead = fields(admin.get(page, {"object": "Lead"}).content.decode())
    assert (lead["object"], lead["goes_2"]) == ("Lead", "column:company")


def test_the_mapping_is_handed_out_for_the_command(admin: Client, mapped: Upload) -> None:
    text = admin.get(url("mapping", mapped.pk)).content.decode()
    assert yaml.safe_load(text)["files"][0]["file"] == "deals.csv"
    (entry,) = parse_mapping(text).entries
    assert (entry.object_name, entry.key) == ("Opportunity", ("Deal ref",))


def test_a_mapping_is_forgotten(admin: Client, mapped: Upload) -> None:
    page = url("map", mapped.files.get().pk)
    assert admin.post(page, {"forget": "yes"}).status_code == 302
    assert not ColumnMapping.objects.exists()
    assert "Not known" in show(admin, mapped)


def test_a_file_is_read_as_a_person_says(admin: Client) -> None:
    upload = bring(admin, odd__csv="a|b,c\n1|2,3\n")
    file = upload.files.get()
    admin.post(url("read", file.pk), {"delimiter": ",", "encoding": "cp1252"})
    file.refresh_from_db()
    assert file.header == ["a|b", "c"]
    assert "a|b" in admin.get(url("map", file.pk)).content.decode()


def zipped(**files: str) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return raw.getvalue()


def test_a_zip_and_a_gzip_are_opened(admin: Client, org: Org) -> None:
    accounts = "Id,Name,Industry,CreatedDate\n001A00000000001AAA,Initech,Tech,2015-01-01\n"
    upload = bring(
        admin,
        export__zip=zipped(Account__csv=accounts, notes__pdf="x"),
        Opportunity__csv__gz=gzip.compress(SALESFORCE.encode()),
    )
    assert sorted(upload.files.values_list("name", "archive", "layout")) == [
        ("Account.csv", "export.zip", "Salesforce Account"),
        ("Opportunity.csv.gz", "", "Salesforce Opportunity"),
    ]
    assert run(admin, upload).rows_accepted == 2


def test_a_bad_file_costs_only_itself(admin: Client, org: Org) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../Account.csv", "Id,Name\n")
    upload = bring(
        admin,
        slip__zip=out.getvalue(),
        book__csv=b"PK\x03\x04" + bytes(100),
        Opportunity__csv=SALESFORCE,
    )
    html = show(admin, upload)
    assert "names a place outside of itself" in html
    assert "Excel workbook" in html
    upload = run(admin, upload)
    assert upload.rows_accepted == 1
    assert "names a place outside of itself" in show(admin, upload)


def test_what_is_brought_is_bounded(admin: Client, settings: LazySettings) -> None:
    assert "Choose at least one file" in bring(admin, status=422)
    assert "is no file of a kind" in bring(admin, status=422, book__xlsx=b"PK")
    settings.CSV_MAX_UPLOAD_MB = 1
    html = bring(admin, status=422, big__csv=b"a,b\n" + b"1,2\n" * 700_000)
    assert "larger than 1 MB together" in html
    html = bring(admin, status=422, one__csv=b"a,b\n" + b"1,2\n" * 200_000, two__csv="1" * 600_000)
    assert "larger than 1 MB together" in html
    assert not Upload.objects.exists()
    assert list(keeping.incoming().iterdir()) == []


def test_nothing_is_started_that_cannot_run(admin: Client, org: Org) -> None:
    upload = bring(admin, odd__csv="x,y\n1,2\n")
    answer = admin.post(url("start", upload.pk), follow=True)
    assert "say what their columns are" in answer.content.decode()
    one, two = (bring(admin, Opportunity__csv=SALESFORCE) for _ in range(2))
    admin.post(url("start", one.pk))
    answer = admin.post(url("start", two.pk), follow=True)
    assert "Another import of this org is running" in answer.content.decode()
    assert "Waiting for its turn" in show(admin, one)
    assert Job.objects.filter(org=org).count() == 1


def test_discarded_files_are_gone(admin: Client) -> None:
    upload = bring(admin, Opportunity__csv=SALESFORCE)
    admin.post(url("discard", upload.pk))
    upload.refresh_from_db()
    assert upload.state == Upload.State.DISCARDED
    assert not keeping.folder_of(upload).exists()
    assert "Discarded" in show(admin, upload)


def test_files_nobody_imports_are_removed_after_a_week(admin: Client) -> None:
    old, new = (bring(admin, Opportunity__csv=SALESFORCE) for _ in range(2))
    now = timezone.now()
    Upload.objects.filter(pk=old.pk).update(uploaded_at=now - keeping.KEEP_FILES * 1.1)
    assert keeping.remove_old_files(at=now) == 1
    assert not keeping.folder_of(old).exists()
    assert keeping.folder_of(new).exists()
    assert "Upload them again" in show(admin, Upload.objects.get(pk=old.pk))


def test_the_history_says_who_brought_what(admin: Client) -> None:
    run(admin, bring(admin, Opportunity__csv=SALESFORCE))
    html = admin.get(url("list")).content.decode()
    assert "Opportunity.csv" in html
    assert "Imported" in html


def test_an_org_with_a_crm_takes_no_files(client: Client, org: Org) -> None:
    Org.objects.filter(pk=org.pk).update(kind=Org.Kind.SALESFORCE)
    client.force_login(MembershipFactory(org=org, role=Role.ADMIN).user)
    html = client.get(url("list")).content.decode()
    assert "takes no files" in html
    assert "Choose files above" not in html
    given = SimpleUploadedFile("a.csv", b"a,b\n")
    client.post(url("upload"), {"files": given})
    assert not Upload.objects.exists()


def test_uploads_of_another_org_are_not_there(admin: Client) -> None:
    upload = bring(admin, Opportunity__csv=SALESFORCE)
    other = OrgFactory(kind=Org.Kind.CSV, slug="other")
    client = Client()
    client.force_login(MembershipFactory(org=other, role=Role.ADMIN).user)
    for name, pk in (("show", upload.pk), ("refused", upload.pk), ("map", upload.files.get().pk)):
        answer = client.get(reverse(f"accounts:import-{name}", args=["other", pk]))
        assert answer.status_code == 404
