"""What can go wrong with embedded services, each as one sentence that says what to do."""


class EmbeddedError(Exception):
    pass


class DataFolderInUseError(EmbeddedError):
    pass


class DiskFullError(EmbeddedError):
    pass


class OtherMajorError(EmbeddedError):
    pass


class UnusableError(EmbeddedError):
    pass
