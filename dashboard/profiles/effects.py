"""One segment's differences from everyone else as a table: how large each is, and whether it is more than chance."""

from __future__ import annotations

from typing import Any, Final

from dash import html

from analytics.metrics import is_metric, metric
from analytics.profiles import MetricProfile, ValueProfile, heading_of, size_of_d, size_of_delta, unit_of
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Heading, table, term
from dashboard.profiles.place import Place, chosen

EFFECTS: Final = "effects"
WORTH_A_LOOK: Final = 0.2
"""What is below is negligible (Cohen 1988), and folded away."""
VERDICTS: Final = {
    "counts": "more than chance",
    "chance": "could be chance",
    "too few": "too few customers to tell",
}
_TABLES: Final = (
    ("profiles", "Differences as CSV"),
    ("attributes", "Attributes as CSV"),
    ("cards", "Sentences and rules as CSV"),
)


def effects_card(place: Place) -> html.Section:
    """One segment's differences, the largest first."""
    return html.Section(
        [
            html.Div(
                html.Div(
                    [
                        html.H2(say("Every difference, the largest first")),
                        html.P(
                            say(
                                "How large a difference is, in words, and whether it is more than chance: of all that are "
                                "called so, one in twenty may still be chance."
                            ),
                            className="muted small",
                        ),
                    ]
                ),
                className="card-head",
            ),
            html.Div(id=place.id(EFFECTS), className="table-scroll"),
            html.P(
                [
                    part
                    for table_name, label in _TABLES
                    for part in (_csv(f"{place.tables}_{table_name}", say(label)), " ")
                ],
                className="small row-line mt-2 mb-0",
            ),
        ],
        className="card-box",
    )


def _csv(name: str, label: str) -> html.A:
    link = f"/export/table/{name}.csv"
    return html.A(label, href=link, download="", **{"data-table": link})


def metric_term(name: str) -> Any:
    return term(heading_of(name), say(metric(name).meaning)) if is_metric(name) else heading_of(name)


def show_effects(place: Place, told: Any, ready: Any, name: Any) -> Any:
    """The chosen segment's differences, the largest first, metrics and attributes alike."""
    _, found = place.found(told, ready)
    if found is None:
        return None
    _, group = chosen(found, name)
    currency = found.table.currency
    told_rows: list[tuple[float, bool, list[Any]]] = [
        (abs(item.effect), item.counts, _number_row(item, currency)) for item in group.profile.metrics
    ]
    told_rows += [
        (abs(item.effect), item.counts, _value_row(item))
        for item in group.profile.values
        if item.customers or item.counts
    ]
    told_rows.sort(key=lambda row: (not row[1], -row[0]))
    headings = [
        Heading(say("What")),
        Heading(say("Theirs"), is_number=True),
        Heading(say("Everyone else's"), is_number=True),
        Heading(
            term(
                say("Effect"),
                say(
                    "Difference of averages in standard deviations (Cohen's d; for shares his h): "
                    "from .2 small, .5 medium, .8 large."
                ),
            ),
            is_number=True,
        ),
        Heading(
            term(
                say("Dominance"),
                say(
                    "How much more often one of them has more than one of the others than less (Cliff's delta): "
                    "from .15 small, .33 medium, .47 large."
                ),
            ),
            is_number=True,
        ),
        Heading(say("Is it real?")),
    ]
    telling = [row for effect, counts, row in told_rows if counts and effect >= WORTH_A_LOOK]
    others = [(counts, row) for effect, counts, row in told_rows if not (counts and effect >= WORTH_A_LOOK)]
    off = [number for number, (counts, _) in enumerate(others) if not counts]
    first = (
        table(headings, telling, caption=say("Differences from everyone else"))
        if telling
        else html.P(say("Nothing sets them clearly apart from everyone else."), className="muted")
    )
    if not others:
        return html.Div(first, className="effects")
    folded = html.Details(
        [
            html.Summary(say("{n} more, negligible or perhaps chance", n=formats.number(len(others)))),
            table(headings, [row for _, row in others], caption=say("Further differences"), off=off),
        ],
        className="behind",
    )
    return html.Div([first, folded], className="effects")


def _number_row(item: MetricProfile, currency: str) -> list[Any]:
    unit = unit_of(item.metric)
    return [
        metric_term(item.metric),
        _with_unit(item.median, unit, currency),
        _with_unit(item.rest_median, unit, currency),
        say("{n} {size}", n=_signed(item.effect), size=size_of_d(item.effect)),
        say("{n} {size}", n=_signed(item.delta), size=size_of_delta(item.delta)),
        say(VERDICTS[item.verdict]),
    ]


def _with_unit(value: float | None, unit: str, currency: str) -> str:
    number = formats.in_unit(value, unit, currency)
    return say("{n} days", n=number) if unit == "days" and value is not None else number


def _value_row(item: ValueProfile) -> list[Any]:
    lift = say("{n} times as often", n=formats.number(item.lift, 1)) if item.lift is not None else formats.NOTHING
    return [
        say("{attribute}: {value}", attribute=heading_of(item.attribute), value=item.value),
        formats.share(item.share, 0),
        formats.share(item.rest_share, 0),
        say("{n} {size}", n=_signed(item.effect), size=size_of_d(item.effect)),
        lift,
        say(VERDICTS[item.verdict]),
    ]


def _signed(value: float) -> str:
    told = formats.number(abs(value), 2)
    return f"{formats.MINUS if value < 0 else '+'}{told}"
