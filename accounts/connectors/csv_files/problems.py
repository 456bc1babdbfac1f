"""What is wrong with a whole file, or with a mapping: a sentence that says what to do."""


class FileProblem(Exception):  # noqa: N818
    """One file cannot be read; the others are imported."""


class MappingProblem(Exception):  # noqa: N818
    """A mapping that cannot be followed, with the line of it that is wrong."""
