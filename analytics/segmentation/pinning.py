"""Keeping a segmentation under a name, a rule as one of two segments, and dropping what was kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from analytics.beside import drop_pin, write_pin
from analytics.customers import CustomerTable
from analytics.datasets import Version
from analytics.errors import NotFoundError, RequestError
from analytics.request import AnalysisRequest
from analytics.rules import Rule, columns_of
from analytics.segmentation.pin_names import EVERYONE_ELSE, check_pin_name, column_named, slug
from analytics.segmentation.pins import (
    MOST_PINS,
    Pin,
    PinnedSegment,
    Placer,
    pin_bytes,
    pin_named,
    pins,
    place,
)
from analytics.segmentation.segments import CLUSTER, Segmentation
from analytics.shifts import bins_of
from analytics.text import say

_SAMPLE: Final = 50_000
"""Customers who are placed to know the shares that drift is measured from."""
_UNKNOWN_DAY: Final = "1970-01-01T00:00:00+00:00"


def keep(
    found: Segmentation,
    request: AnalysisRequest,
    name: str,
    *,
    kept_at: str = _UNKNOWN_DAY,
    replacing: bool = False,
) -> Pin:
    """Keep a clustering: from now on it is a column of the customers, of every version of its dataset.

    Raises:
        RequestError: it cannot be kept, or not under that name; the sentence says why.
    """
    told, version = _checked(found.table, name, replacing=replacing)
    clustering = found.clustering
    if clustering is None:
        raise RequestError(say("RFM segments are always there: only groups that were found are kept."))
    if not len(clustering.rank):
        raise RequestError(say("There are no groups to keep. Find some first."))
    placer = Placer(found.algorithm, clustering.space, clustering.model, clustering.rank, found.codes.astype(np.int16))
    frame = found.table.frame
    rows = np.arange(len(frame))
    if len(rows) > _SAMPLE:
        rows = np.sort(np.random.default_rng(0).choice(len(rows), _SAMPLE, replace=False))
    placed = placer.place(frame.iloc[rows])
    count = len(clustering.rank) + 1
    segments = (PinnedSegment(group.name, group.meaning, group.customers, group.is_noise) for group in found.segments)
    pin = Pin(
        told,
        tuple(segments),
        *_made_on(found.table, version),
        kept_at,
        replace(request.clustering(), version=None, as_of=None).to_json(),
        placer,
        None,
        tuple(bins_of(column, frame[column]) for column in clustering.space.columns),
        tuple(float(share) for share in np.bincount(placed, minlength=count) / len(placed)),
        found.silhouette,
    )
    return _written(pin, version, replacing=replacing)


def keep_rule(
    rule: Rule,
    table: CustomerTable,
    name: str,
    *,
    kept_at: str = _UNKNOWN_DAY,
    replacing: bool = False,
) -> Pin:
    """Keep the customers whom a rule means as a segment. The table has RFM segments, and pins where the rule asks for them.

    Raises:
        RequestError: it cannot be kept, or not under that name; the sentence says why.
    """
    told, version = _checked(table, name, replacing=replacing)
    asked = columns_of(rule)
    if CLUSTER in asked:
        raise RequestError(
            say(
                "These people are chosen by groups that may be found anew. Keep the groups on the Clusters tab first, "
                "then choose them by the kept ones."
            )
        )
    if column_named(told) in asked:
        raise RequestError(say("'{name}' cannot be chosen by itself. Choose another name.", name=told))
    pin = Pin(
        told, (), *_made_on(table, version), kept_at, AnalysisRequest(version.manifest.dataset, where=rule).to_json(),
        None, rule, (), ()
    )  # fmt: skip
    counts = np.bincount(place(pin, table), minlength=2)
    inside, others = (int(count) for count in counts)
    if not inside or not others:
        raise RequestError(
            say("The rule means nobody, so there is no segment to keep.")
            if not inside
            else say("The rule means everyone, so there is no segment to keep.")
        )
    chosen = [column for column in asked if column in table.frame.columns and column != table.frame.columns[0]]
    pin = replace(
        pin,
        segments=(PinnedSegment(told, "", inside), PinnedSegment(say(EVERYONE_ELSE), "", others)),
        bins=tuple(bins_of(column, table.frame[column]) for column in chosen),
        shares=(inside / len(table), others / len(table)),
    )
    return _written(pin, version, replacing=replacing)


def drop(version: Version, name: str) -> None:
    """Forget what is kept under a name.

    Raises:
        NotFoundError: nothing is.
    """
    drop_pin(version, slug(known_pin(version, name).name))


def known_pin(version: Version, name: str) -> Pin:
    """The pin of that name.

    Raises:
        NotFoundError: there is none.
    """
    pin = pin_named(version, name)
    if pin is None:
        raise _unknown(version, name)
    return pin


def _unknown(version: Version, name: str) -> NotFoundError:
    names = ", ".join(pin.name for pin in pins(version))
    if not names:
        return NotFoundError(say("'{name}' is not kept. Nothing is kept of this dataset yet.", name=name[:80]))
    return NotFoundError(say("'{name}' is not kept. There is {names}.", name=name[:80], names=names))


def _checked(table: CustomerTable, name: str, *, replacing: bool) -> tuple[str, Version]:
    told = check_pin_name(name)
    version = table.source.stored if table.source is not None else None
    if version is None:
        raise RequestError(say("Only segmentations of an imported dataset can be kept."))
    headings = {column.casefold() for column in table.frame.columns}
    headings |= {say(metric.label).casefold() for metric in table.metrics}
    if told.casefold() in headings:
        raise RequestError(say("'{name}' is a column of the customers already. Choose another name.", name=told))
    before = pin_named(version, told)
    if before is not None and not replacing:
        raise RequestError(say("'{name}' is kept already. Choose another name, or replace it.", name=before.name))
    if before is None and len(pins(version)) >= MOST_PINS:
        raise RequestError(
            say("{n} segmentations are kept already, which is the most. Drop one of them first.", n=MOST_PINS)
        )
    return told, version


def _made_on(table: CustomerTable, version: Version) -> tuple[str, str, date]:
    return version.manifest.dataset, version.manifest.version, table.as_of


def _written(pin: Pin, version: Version, *, replacing: bool) -> Pin:
    write_pin(version, slug(pin.name), pin_bytes(pin), replacing=replacing)
    return known_pin(version, pin.name)
