"""What a labelled table holds: its columns with their headings, their types and how much of them is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from analytics.datasets import Version
from analytics.errors import NotFoundError, StoreError

TYPES: Final = ("number", "true or false", "day", "time", "text", "customer")


@dataclass(frozen=True, slots=True)
class CaseColumn:
    """A column of a labelled table, by the name that it has here and the heading that it has in the file."""

    name: str
    heading: str
    type: str
    """One of TYPES: a day has no clock, a time has one."""
    missing: int


def case_columns(version: Version) -> tuple[CaseColumn, ...]:
    """The columns of a version's labelled table in the order of its file, the case's number and its part left out.

    Raises:
        NotFoundError: the dataset came without one.
        StoreError: the file is damaged or gone.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = version.manifest
    if "labelled" not in about.tables:
        raise NotFoundError(
            f"Dataset '{about.dataset}' has no cases with a known answer. Bring a table of them: import FILE --as labelled."
        )
    headings = about.mapping_of("labelled")
    try:
        with pq.ParquetFile(version.table_path("labelled")) as file:
            schema = file.schema_arrow
            missing = {name: _missing(file, name) for name in headings}
    except (OSError, pa.ArrowException) as problem:
        raise StoreError("A file of the dataset cannot be read. Import the dataset again.") from problem
    return tuple(
        CaseColumn(name, heading, _type(name, schema.field(name).type), missing[name])
        for name, heading in headings.items()
    )


def _missing(file: Any, name: str) -> int:
    """Counted when the file was written, where that is known; otherwise in the column itself."""
    place = file.schema_arrow.get_field_index(name)
    told = [file.metadata.row_group(number).column(place).statistics for number in range(file.num_row_groups)]
    if all(item is not None and item.has_null_count for item in told):
        return sum(int(item.null_count) for item in told)
    return int(file.read(columns=[name]).column(0).null_count)


def _type(name: str, kind: Any) -> str:
    import pyarrow as pa

    if name == "customer_id":
        return "customer"
    if pa.types.is_boolean(kind):
        return "true or false"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "number"
    if pa.types.is_date(kind):
        return "day"
    return "time" if pa.types.is_timestamp(kind) else "text"
