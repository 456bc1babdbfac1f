"""The file as it was brought: always to be saved, never to be shown as a page of ours."""

from django.http import FileResponse, Http404

from assistant.knowledge.keeping import path_of
from assistant.models import DocumentVersion

# Of everything else a browser is told nothing that it might act upon.
SAFE_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
OTHER_TYPE = "application/octet-stream"


def original(version: DocumentVersion) -> FileResponse:
    path = path_of(version)
    if not version.stored_as or not path.is_file():
        raise Http404("The file is not here any more.")
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=version.file_name,
        content_type=SAFE_TYPES.get(version.format, OTHER_TYPE),
        headers={
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )
