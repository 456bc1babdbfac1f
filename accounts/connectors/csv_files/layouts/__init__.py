"""The forms of file that are known by their headers: a module each, asked in this order."""

from pathlib import PurePath

from accounts.connectors.csv_files.layouts import (
    hubspot,
    maven,
    order_lines,
    salesforce,
    skygeni,
    telco,
    x_education,
)
from accounts.connectors.csv_files.layouts.base import Field, Layout, Target

__all__ = ["Field", "Layout", "Target", "recognise"]

BY_HEADER = (maven, skygeni, x_education, telco, order_lines, hubspot)


def recognise(*, header: list[str], file_name: str) -> Layout | None:
    stem = PurePath(file_name.replace("\\", "/")).name.split(".")[0]
    found = (each.recognise(header=header) for each in BY_HEADER)
    known = next((each for each in found if each is not None), None)
    return known or salesforce.recognise(header=header, stem=stem)
