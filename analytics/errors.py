"""What can go wrong, said in the user's words.

    AnalyticsError             every error that is meant for a person to read
    ├── RequestError           what was asked for does not exist or is out of range
    │   └── NotFoundError      a dataset, a version or a segment by a name that nothing has
    ├── DataError              the data is not what it was taken for
    │   ├── UnreadableFileError  bytes that are no table, or too large a one
    │   ├── MappingError       a column was not found
    │   │   └── MissingColumnsError  a required column was not found; it knows which
    │   └── EmptyDataError     nothing is left to analyse
    └── StoreError             the workspace folder cannot be read or written

Each message is one or two sentences: the bad value, what is allowed, the next step.
"""

from __future__ import annotations


class AnalyticsError(Exception):
    """An error whose message a user can act on."""


class RequestError(AnalyticsError):
    """What was asked for does not exist or is out of range."""


class NotFoundError(RequestError):
    """Nothing has the name that was given."""


class DataError(AnalyticsError):
    """The data is not what it was taken for."""


class UnreadableFileError(DataError):
    """The bytes are not a table that can be read, or too many."""


class MappingError(DataError):
    """A column that is needed was not found in the file."""


class MissingColumnsError(MappingError):
    """Columns that are required were not recognised.

    `missing` are their canonical names, `likely_kind` says what the file rather looks like: orders, events, sessions,
    customers or labelled. How to name a column is said by whoever asks: the screen has a menu for it, the command line an option.
    """

    def __init__(self, message: str, missing: tuple[str, ...], likely_kind: str) -> None:
        super().__init__(message)
        self.missing = missing
        self.likely_kind = likely_kind


class EmptyDataError(DataError):
    """Nothing is left to analyse."""


class StoreError(AnalyticsError):
    """The workspace folder cannot be read or written."""
