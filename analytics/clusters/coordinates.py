"""Where customers lie: the one way from a customer table to the coordinates that groups are found in and pictures drawn of."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.clusters.algorithm import Matrix
from analytics.clusters.feature_sets import check_attributes
from analytics.clusters.space import Space, fit_space
from analytics.customers import PERSONAL, CustomerTable
from analytics.errors import RequestError


def coordinates(
    table: CustomerTable, metrics: Sequence[str], attributes: Sequence[str] = (), scaling: str = "log"
) -> tuple[Space, Matrix]:
    """The space of all customers of a table, and their coordinates in it, shape (customers, coordinates).

    Raises:
        RequestError: the table does not have a metric or an attribute, an attribute is not suitable, or there is one customer.
        EmptyDataError: a column is missing for every customer.
    """
    space = space_of(table, metrics, attributes, scaling)
    return space, space.matrix(table.frame)


def space_of(
    table: CustomerTable, metrics: Sequence[str], attributes: Sequence[str] = (), scaling: str = "log"
) -> Space:
    """The space of all customers of a table, in which each metric says what stands in for its missing values.

    Raises:
        RequestError: the table does not have a metric or an attribute, an attribute is not suitable, or there is one customer.
        EmptyDataError: a column is missing for every customer.
    """
    known = {metric.name for metric in table.metrics}
    missing = [name for name in metrics if name not in known]
    missing += [name for name in attributes if name not in table.attributes or name in PERSONAL]
    if missing:
        raise RequestError(f"This dataset does not have {', '.join(missing)}. Choose among the metrics that it has.")
    if len(table) < 2:
        raise RequestError("There is one customer; groups need two or more. Choose a later as-of date.")
    check_attributes(table, attributes)
    stand_ins = {metric.name: metric.stand_in for metric in table.metrics}
    return fit_space(table.frame, metrics, attributes, scaling, stand_ins, table.as_of)
