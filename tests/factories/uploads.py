"""Files that somebody brought, as rows."""

from datetime import timedelta
from typing import Any

from accounts.models import ColumnMapping, Upload, UploadedFile
from revenue.users.models import Org
from tests.factories.jobs import NOON


def an_upload(*, org: Org, mark: str = "deals", **facts: Any) -> Upload:
    """Imported, with one file of columns that somebody has explained."""
    done = {"began_at": NOON, "finished_at": NOON, "files_removed_at": NOON}
    upload = Upload.objects.create(
        **{
            "org": org,
            "uploaded_at": NOON - timedelta(minutes=1),
            "result": {"files": [{"name": f"{mark}.csv", "layout": mark}]},
            **done,
            **facts,
        }
    )
    UploadedFile.objects.create(
        org=org,
        upload=upload,
        position=0,
        name=f"{mark}.csv",
        stored_as="0000",
        header=[mark, "Stage"],
        fingerprint=mark,
    )
    ColumnMapping.objects.update_or_create(
        org=org,
        fingerprint=mark,
        defaults={
            "said": {"object": "opportunity", "id": mark, "columns": {"Stage": "stage"}},
            "changed_at": NOON,
        },
    )
    return upload
