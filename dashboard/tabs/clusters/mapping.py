"""The flat map of the customers by UMAP: the picture, the table behind it, and what it is and is not."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.clusters import FEWEST_MAPPED
from analytics.segmentation import Segmentation
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import Chart, Heading, table
from dashboard.figures.base import nothing
from dashboard.figures.neighbour_map import map_figure
from dashboard.figures.points import Look, Rows
from dashboard.results import drawing
from dashboard.state import View
from dashboard.theme import Mode


def map_chart(view: View, found: Segmentation, look: Look, mode: Mode) -> tuple[Chart, list[str]]:
    """The picture with its title and its table, and its sentences; what stands in its place until a job has made it."""
    laid_out = drawing.customer_map(view, found)
    if laid_out is None:
        few = len(found.codes) < FEWEST_MAPPED
        told = (
            say("A map needs {n} customers or more", n=FEWEST_MAPPED)
            if few
            else say("The map appears here in a minute or so")
        )
        stopped = say("If you have stopped it, find groups again.")
        return Chart(say("Customers on a map"), nothing(mode, told), None), [] if few else [stopped]
    keep = results.kept(view.request)
    most = drawing.MOST_NARROW if look.is_narrow else drawing.MOST_FLAT
    at = drawing.mapped_rows(found, laid_out, keep, most)
    spread = drawing.size_spread(found, look.size)
    drawn = map_figure(found, laid_out, at, spread, look, mode)
    count = len(found.codes) if keep is None else int(keep.sum())
    title = say("{k} groups on a map of {n} customers", k=found.k, n=formats.number(count))
    if count > len(at):
        title = say("{k} groups on a map: a fair sample of {n} customers", k=found.k, n=formats.number(count))
    return Chart(title, drawn, _behind(found, laid_out.rows[at], keep)), _words(len(at), count)


def _words(drawn: int, count: int) -> list[str]:
    told = [
        say(
            "Customers who are alike by what they are grouped by lie near one another (UMAP; McInnes, Healy & Melville 2018)."
        ),
        say(
            "How far apart groups lie, how large they look and how dense they are means little, so the axes have no unit;"
            " distances can be read in 3D and 2D."
        ),
    ]
    if drawn < count:
        told.append(
            say(
                "{n} of them are drawn, every group in proportion and with fifty customers where it has them.",
                n=formats.number(drawn),
            )
        )
    told.append(say("Click a point to see its group; in 2D you can draw around customers."))
    return told


def _behind(found: Segmentation, rows: Rows, keep: np.ndarray[Any, Any] | None) -> Any:
    """How many customers each group has, and how many of them are drawn."""
    groups = len(found.segments)
    counts = np.bincount(found.codes if keep is None else found.codes[keep], minlength=groups)
    drawn = np.bincount(found.codes[rows], minlength=groups)
    headings = [Heading(say("Group")), Heading(say("Customers"), is_number=True), Heading(say("Drawn"), is_number=True)]
    return table(
        headings,
        [
            [group.name, formats.number(counts[code]), formats.number(drawn[code])]
            for code, group in enumerate(found.segments)
        ],
    )
