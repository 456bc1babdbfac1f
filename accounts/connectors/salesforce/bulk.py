"""Bulk 2.0 query jobs. Of simple-salesforce's client nothing is used: it takes half a page for a

whole one, waits for a day, and fails where a job was deleted as asked.
"""

import csv
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlencode

import requests

from accounts.connectors.base import SourceUnavailableError
from accounts.connectors.salesforce.faults import FaultError, GoneError
from accounts.connectors.salesforce.transport import ABORTED, BROKEN, Transport

ROWS_A_DOWNLOAD = 50_000
ROWS_A_PAGE = 2_000
PATIENCE_S = 1_800.0
LONGEST_PAUSE_S = 30.0
DOWNLOADS = 4
PIECE = 1 << 16
# A rich text is longer than the 131,072 characters that the csv module takes for one value.
csv.field_size_limit(1 << 26)


class JobFailedError(FaultError):
    """Salesforce gave the job up, or we did: the same rows can still be asked for by query."""


class JobAbortedError(FaultError):
    """Somebody ended the job."""


class ShortError(Exception):
    """What came is not what was announced."""


@dataclass(frozen=True)
class Piece:
    """Some rows of a download, and where the rows after them are."""

    records: list[dict[str, str]]
    locator: str
    skip: int
    is_last: bool


class Jobs:
    def __init__(self, transport: Transport, *, base_url: str) -> None:
        self.transport = transport
        self.url = f"{base_url}jobs/query"

    def create(self, query: str) -> str:
        asked = {
            "operation": "queryAll",
            "query": query,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        body = _body(self._send("POST", self.url, asked))
        job = str(body.get("id") or "")
        if not job.isalnum() or len(job) not in (15, 18):
            raise JobFailedError("Salesforce did not name the Bulk job that it was asked for.")
        return job

    def wait(self, job: str) -> None:
        """Until its rows are there. Not simple-salesforce's wait: that one has a whole day."""
        waited, pause = 0.0, 0.5
        while True:
            state = str(_body(self.transport.request("GET", f"{self.url}/{job}")).get("state"))
            if state == "JobComplete":
                return
            if state == "Failed":
                raise JobFailedError("Salesforce gave up a Bulk job.")
            if state == "Aborted":
                raise JobAbortedError(
                    "The Bulk job was aborted in Salesforce. The next sync begins a new one."
                )
            if waited >= PATIENCE_S:
                self.abort(job)
                self.drop(job)
                raise JobFailedError("A Bulk job of Salesforce took longer than half an hour.")
            self.transport.sleep(pause)
            waited += pause
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def pieces(self, job: str, *, locator: str, skip: int) -> Iterator[Piece]:
        while True:
            with tempfile.TemporaryFile("w+b") as file:
                following = self._download(job, locator, file)
                yield from _cut(file, locator=locator, following=following, skip=skip)
            if not following:
                return
            locator, skip = following, 0

    def abort(self, job: str) -> None:
        self._send("PATCH", f"{self.url}/{job}", ABORTED)

    def drop(self, job: str) -> None:
        """Not simple-salesforce's: it reads JSON from the empty answer of a success."""
        try:
            self.transport.request("DELETE", f"{self.url}/{job}")
        except (FaultError, SourceUnavailableError):
            return  # Salesforce removes it in a week

    def _download(self, job: str, locator: str, file: IO[bytes]) -> str:
        """The whole page into the file, compared with what its header announces."""
        options = {"maxRecords": str(ROWS_A_DOWNLOAD), **({"locator": locator} if locator else {})}
        address = f"{self.url}/{job}/results?{urlencode(options)}"
        for _ in range(DOWNLOADS):
            file.seek(0)
            file.truncate()
            headers = {"Accept": "text/csv"}
            response = self.transport.request("GET", address, headers=headers, stream=True)
            with response:
                if response.status_code == 204:
                    self.wait(job)
                    continue
                try:
                    return _received(response, file)
                except (ShortError, requests.exceptions.RequestException, *BROKEN):
                    self.transport.sleep(1.0)
        raise JobFailedError("Salesforce sent only a part of a page of a Bulk job, several times.")

    def _send(self, method: str, url: str, body: dict[str, str]) -> requests.Response:
        headers = {"Content-Type": "application/json"}
        return self.transport.request(method, url, data=json.dumps(body), headers=headers)


def _received(response: requests.Response, file: IO[bytes]) -> str:
    for piece in response.iter_content(PIECE):
        file.write(piece)
    announced = response.headers.get("Sforce-NumberOfRecords", "")
    if not announced.isdigit() or _count(file) != int(announced):
        raise ShortError
    following = response.headers.get("Sforce-Locator", "")
    return "" if following == "null" else following


def _count(file: IO[bytes]) -> int:
    """Its rows, each as wide as the header; simple-salesforce believes the number it is told."""
    try:
        rows = _rows(file)
        width = len(next(rows, []))
        count = 0
        for row in rows:
            if len(row) != width:
                raise ShortError
            count += 1
    except (csv.Error, UnicodeDecodeError):
        raise ShortError from None
    return count


def _cut(file: IO[bytes], *, locator: str, following: str, skip: int) -> Iterator[Piece]:
    rows = _rows(file)
    names = next(rows, [])
    for _ in range(skip):
        next(rows, None)
    records: list[dict[str, str]] = []
    for row in rows:
        if len(records) == ROWS_A_PAGE:
            skip += len(records)
            yield Piece(records, locator, skip, is_last=False)
            records = []
        records.append(dict(zip(names, row, strict=True)))
    yield Piece(records, following, 0, is_last=not following)


def _rows(file: IO[bytes]) -> Iterator[list[str]]:
    file.seek(0)
    return csv.reader(_lines(file), strict=True)


def _lines(file: IO[bytes]) -> Iterator[str]:
    """By line feeds alone: a carriage return inside of a text is a part of it."""
    for line in file:
        yield line.decode("utf-8", "surrogatepass")


def _body(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise GoneError("Salesforce did not say how a Bulk job stands.")
    return body
