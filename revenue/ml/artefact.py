"""A trained model as bytes: plain JSON, and XGBoost's own UBJ beside it. Nothing is unpickled."""

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any

MAGIC = b"RIML0001"
FORMAT = 1


class ArtefactError(ValueError):
    """An artefact that is not what was recorded; the message says what to do."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pack(document: Mapping[str, Any], blobs: Mapping[str, bytes]) -> bytes:
    """The same parts give the same bytes."""
    listed = [
        {"name": name, "size": len(blobs[name]), "sha256": digest(blobs[name])}
        for name in sorted(blobs)
    ]
    head = canonical({"format": FORMAT, "blobs": listed, "document": document})
    return b"".join([MAGIC, struct.pack(">Q", len(head)), head, *(blobs[n] for n in sorted(blobs))])


def canonical(value: Any) -> bytes:
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as problem:
        raise ArtefactError(f"The model cannot be written as JSON: {problem}") from problem
    return text.encode()


def unpack(data: bytes, *, sha256: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Refuses what differs in one bit from what was recorded."""
    if digest(data) != sha256:
        raise ArtefactError(
            "The stored model is not the one that was recorded (its hash differs): it was changed"
            " or cut short. Revert to an earlier run, or train again."
        )
    if data[: len(MAGIC)] != MAGIC:
        raise ArtefactError("The stored bytes are no model of this product. Train again.")
    start = len(MAGIC) + 8
    (size,) = struct.unpack(">Q", data[len(MAGIC) : start])
    head = json.loads(data[start : start + size])
    if head["format"] != FORMAT:
        raise ArtefactError(f"The model is of format {head['format']}: train again to read it.")
    blobs, place = {}, start + size
    for one in head["blobs"]:
        blobs[one["name"]] = data[place : place + one["size"]]
        place += one["size"]
    return head["document"], blobs
