"""Where the recorded answers of real orgs lie, if they are there at all."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data"
SALESFORCE = FOLDER / "salesforce"


@cache
def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def faults() -> list[dict[str, Any]]:
    found = _read(SALESFORCE / "faults.json")
    return list(found["faults"]) if found else []


def behaviours() -> list[dict[str, Any]]:
    return list(_read(SALESFORCE / "data_behaviours.json") or [])


def describe(name: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = _read(SALESFORCE / "describe" / f"sobjects_{name}_describe.json")
    return found


def wsdl_fields(name: str) -> dict[str, str]:
    """Field name to XML type, for the objects of the enterprise WSDL."""
    found = _read(SALESFORCE / "wsdl_names" / "enterprise_v39_sobject_fields.json")
    return dict(found["objects"].get(name, {})) if found else {}


def soql_cases() -> list[tuple[str, bool]]:
    found = _read(FOLDER / "attacks" / "soql_cases.json")
    return [(query, valid) for query, valid in found["cases"]] if found else []


def naughty_strings() -> list[str]:
    path = FOLDER / "attacks" / "blns" / "blns.json.gz"
    return list(json.loads(gzip.decompress(path.read_bytes()))) if path.is_file() else []


def exchanges() -> dict[str, list[dict[str, Any]]]:
    """The exchanges that are written out in full, by the test that they were recorded in."""
    answer = {}
    for path in sorted((SALESFORCE / "exchanges").glob("*.json")):
        found = _read(path)
        interactions = found.get("interactions", [found])
        answer[path.stem] = [each for each in interactions if "request" in each]
    return answer
