"""The measures by hand, a folder in BEIR's format, and what is said where it is not one."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from assistant.models import Embedder, SearchIndex, SearchPolicy, SearchText
from assistant.search.embedders import EmbeddingError
from assistant.search.embedders.asked import as_vectors
from assistant.search.embedders.endpoint import vectors_in
from assistant.search.embedders.local import Local
from assistant.search.fusing import MEANING, WORDS, Ranked, fuse
from assistant.search.judging.measures import between, ndcg, recall, reciprocal
from assistant.search.tasks import index_texts
from revenue.jobs.models import Job, State
from revenue.users.models import Membership
from revenue.users.roles import Role
from tests.factories.facts import an_account
from tests.factories.jobs import a_job
from tests.factories.people import MembershipFactory
from tests.factories.words_search import an_index


def test_measures_by_hand() -> None:
    grades = {"a": 2, "b": 1}
    assert ndcg(["a", "b"], grades) == pytest.approx(1)
    assert ndcg(["x", "a"], grades) == pytest.approx((2 / 1.58496) / (2 + 1 / 1.58496), abs=1e-4)
    assert recall(["x", "b"], grades) == 0.5
    assert reciprocal(["x", "b"], grades) == 0.5
    assert reciprocal([], grades) == ndcg([], grades) == 0
    low, high = between([0.0, 1.0] * 20)
    assert low < 0.5 < high


def test_places_are_joined_by_reciprocal_rank() -> None:
    lists = [Ranked(WORDS, [("deal", 1), ("deal", 2)]), Ranked(MEANING, [("deal", 2)])]
    found = fuse(lists, weights={WORDS: 1, MEANING: 1}, damping=10)
    assert [each.key[1] for each in found] == [2, 1]
    assert found[0].score == pytest.approx(1 / 12 + 1 / 11)
    assert found[0].found_by == (WORDS, MEANING)


@pytest.mark.parametrize("data", [None, {}, {"data": [1]}, {"data": [{"index": 3}]}])
def test_what_is_no_list_of_vectors_is_refused(data: Any) -> None:
    with pytest.raises(EmbeddingError):
        vectors_in(data, count=1)


@pytest.mark.parametrize("given", [[[0.0, 0.0]], [[1.0], [2.0]], [["x"]], [[float("nan"), 1.0]], 3])
def test_vectors_that_cannot_be_are_refused(given: Any) -> None:
    with pytest.raises(EmbeddingError):
        as_vectors(given, count=1, who="The model")


def test_without_its_package_a_local_model_says_what_to_install() -> None:
    with pytest.raises(EmbeddingError, match="install fastembed or sentence-transformers"):
        Local("some/model").of(["text"])


@pytest.mark.django_db
def test_a_folder_is_judged_and_nothing_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    topics = ("renewal price", "security audit", "training plan", "delivery stock", "cloud server")
    corpus = [
        {"_id": f"d{n}", "title": topics[n % 5], "text": f"About {topics[n % 5]} number {n}."}
        for n in range(20)
    ]
    (tmp_path / "qrels").mkdir()
    lines = "\n".join(json.dumps(row) for row in corpus)
    (tmp_path / "corpus.jsonl").write_text(lines)
    (tmp_path / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "audit of security"}))
    relevant = "".join(f"q\td{n}\t1\n" for n in range(1, 20, 5))
    (tmp_path / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{relevant}")
    call_command("evaluate", "search", "--folder", str(tmp_path), "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["held_out"]["metrics"]["ndcg@10"] == 1
    assert set(said["held_out"]["baselines"]) == {"words", "meaning", "bm25"}
    assert not SearchText.objects.exists()
    assert not SearchIndex.objects.exists()


@pytest.mark.django_db
def test_a_folder_that_is_none_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"corpus\.jsonl, queries\.jsonl and qrels/test\.tsv"):
        call_command("evaluate", "search", "--folder", str(tmp_path))
    with pytest.raises(CommandError, match="--org ORG"):
        call_command("evaluate", "search")


@pytest.fixture
def admin() -> Membership:
    found: Membership = MembershipFactory(role=Role.ADMIN)
    for name in ("Acme", "Borealis", "Cirrus", "Delta", "Eagle", "Fjord"):
        an_account(org=found.org, name=name, description=f"{name} sells ships and sails.")
    return found


@pytest.mark.django_db
def test_a_failed_indexing_leaves_the_old_index(admin: Membership) -> None:
    old = an_index(org=admin.org)
    SearchPolicy.objects.create(org=admin.org, embedder=Embedder.LOCAL, model="some/model")
    job = a_job(org=admin.org, task=index_texts.name)
    Job.objects.filter(pk=job.pk).update(state=State.QUEUED, attempts=0)
    index_texts.message_task(str(job.pk))
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert SearchIndex.objects.get(org=admin.org, state="live") == old
    failed = SearchIndex.objects.get(org=admin.org, state="failed")
    assert "install fastembed" in failed.notice
    assert not SearchText.objects.filter(index=failed).exists()


@pytest.mark.django_db
def test_an_admin_chooses_and_the_key_is_never_shown(admin: Membership, client: Client) -> None:
    client.force_login(admin.user)
    here = f"/o/{admin.org.slug}/search/settings/"
    given = {"embedder": "endpoint", "model": "m", "language": "english", "activity_months": 12}
    refused = client.post(here, given | {"base_url": "http://169.254.169.254/v1", "key": "k-1"})
    assert refused.status_code == 422
    assert not SearchPolicy.objects.exists()
    good = {"embedder": "local", "model": "folder", "language": "german", "activity_months": 12}
    assert client.post(here, good).status_code == 302
    assert SearchPolicy.objects.get().language == "german"
    assert b"k-1" not in client.get(here).content
    assert Job.objects.filter(org=admin.org, task=index_texts.name).count() == 1
