"""Files of a test through the command, as a person would import them."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from revenue.users.models import Org


def imported(org: Org, path: Path, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command(
        "import_csv", org.slug, str(path), json=True, stdout=out, stderr=StringIO(), **options
    )
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def written(folder: Path, **texts: str | bytes) -> Path:
    """`deals="a,b"` is the file deals.csv."""
    for name, text in texts.items():
        raw = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.csv").write_bytes(raw)
    return folder
