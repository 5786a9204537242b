"""The command that tells which ways sessions take."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from analytics.calendar import parse_day
from analytics.commands.base import answer, as_json_option, as_of_option, helpful
from analytics.errors import EmptyDataError, RequestError

if TYPE_CHECKING:
    from analytics.behaviour.differences import Differences
    from analytics.behaviour.paths import Flows, Transitions
    from analytics.behaviour.sequences import Sequences
    from analytics.behaviour.walks import States
    from analytics.sources import Source

_LEFT = "(left)"
_BEGAN = "(began)"


@click.command()
@click.argument("name")
@click.option(
    "--by", help="What a step is: page, category, event or product. The page if left out, if there are several."
)
@click.option("--steps", default=4, show_default=True, help="Steps of the way in or out, 2 to 6.")
@click.option("--from-end", is_flag=True, help="The last steps instead of the first.")
@click.option("--segment", "a", metavar="A", help="A segment, or country=…, device=…, visitor=…, bought=yes|no.")
@click.option("--against", "b", metavar="B", help="The group to compare it with.")
@as_of_option
@as_json_option
@helpful
def paths(
    name: str,
    by: str | None,
    steps: int,
    from_end: bool,
    a: str | None,
    b: str | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Tell where visits begin, go and end, and which ways lead to a purchase."""
    from analytics.behaviour import path_tables
    from analytics.behaviour.paths import check_steps, flows
    from analytics.customers import resolve_as_of
    from analytics.sources import open_source

    if (a is None) != (b is None):
        raise RequestError("Compare two groups: --segment A --against B.")
    check_steps(steps)
    source = open_source(name)
    if not source.has("events"):
        raise EmptyDataError(
            f"Dataset '{name}' has no clicks. Import them: python -m analytics import FILE --as events --name {name}"
        )
    states = path_tables.states_of(source, by or path_tables.usual_by(source))
    day = resolve_as_of(source, parse_day(as_of) if as_of else None)
    kept = path_tables.sessions_to_keep(source, day)
    moves = path_tables.transitions(source, states, sessions=kept)
    ways, counted = path_tables.ways(source, states, from_end=from_end, sessions=kept)
    drawn = flows(ways, steps, counted=counted)
    found = path_tables.sequences(source, states, sessions=kept)
    told = _told(moves, drawn, found)
    text = _text(moves, found)
    if a is not None and b is not None:
        compared = _compared(source, states, a, b, day)
        told["differences"] = {"a": a, "b": b, **_differences_told(compared)}
        text += _differences_text(compared, a, b)
    answer(told, as_json, text)


def _compared(source: Source, states: States, a: str, b: str, day: date) -> Differences:
    from analytics.behaviour import path_tables
    from analytics.behaviour.differences import index_moves, step_differences
    from analytics.behaviour.sides import pair, side_of
    from analytics.behaviour.visits import load_visits

    one, other = side_of(a), side_of(b)
    customers = None
    if "segment" in (one.kind, other.kind):
        from analytics import rfm
        from analytics.customers import customer_table

        customers = rfm.with_segments(customer_table(source, day), rfm.preset("grid"))
    in_a, in_b = pair(load_visits(source, day, customers), one, other)
    walks = path_tables.load_walks(source, states, sessions=path_tables.sessions_to_keep(source, day))
    return step_differences(index_moves(walks), in_a, in_b)


def _told(moves: Transitions, drawn: Flows, found: Sequences) -> dict[str, Any]:
    names = moves.states.names
    to = (*names, _LEFT)
    shares = moves.shares
    pairs = sorted(zip(*moves.counts.nonzero(), strict=True), key=lambda pair: -moves.counts[pair])
    went = [(int(row), int(column)) for row, column in pairs if column < len(names)]

    def node(number: int) -> str:
        state = drawn.nodes[number].state
        if state is None:
            return "(other)"
        return names[state] if state >= 0 else _BEGAN if drawn.from_end else _LEFT

    return {
        "by": moves.states.by,
        "sessions": moves.sessions,
        "transitions": [
            {"from": names[row], "to": to[column], "count": int(moves.counts[row, column]),
             "share": float(shares[row, column])}
            for row, column in went
        ],
        "entries": [
            {"state": name, "sessions": int(n), "share": int(n) / moves.sessions}
            for name, n in zip(names, moves.entries, strict=True)
        ],
        "exits": [
            {"state": name, "sessions": int(n), "share": int(n) / moves.sessions,
             "exit_rate": int(n) / int(visits) if visits else None}
            for name, n, visits in zip(names, moves.exits, moves.visits, strict=True)
        ],
        "steps": drawn.steps,
        "from_end": drawn.from_end,
        "flows": [
            {"step": drawn.nodes[flow.source].step + 1, "from": node(flow.source), "to": node(flow.target),
             "sessions": flow.sessions}
            for flow in drawn.flows
        ],
        "sequences": [
            {"path": [names[code] for code in item.path], "sessions": item.sessions, "support": item.support,
             "conversion": item.conversion, "conversion_low": item.conversion_low,
             "conversion_high": item.conversion_high, "lift": item.lift}
            for item in found.found
        ],
        "fewest_sessions": found.fewest_sessions,
        "base_rate": found.base_rate,
    }  # fmt: skip


def _text(moves: Transitions, found: Sequences) -> str:
    names = (*moves.states.names, "left")
    if not moves.sessions:
        return "There are no clicks."
    lines = [f"{moves.sessions:,} visits, by {moves.states.by}", "Where they go next:"]
    shares = moves.shares
    for row in range(len(moves.states)):
        if not moves.visits[row]:
            continue
        largest = sorted(range(len(names)), key=lambda column, row=row: -moves.counts[row, column])[:3]  # type: ignore[misc]  # bound now
        told = ", ".join(
            f"{names[column]} {shares[row, column]:.1%}" for column in largest if moves.counts[row, column]
        )
        lines.append(f"  {names[row]:<24}{moves.visits[row]:>12,} times   then {told}")
    if found.base_rate is not None:
        lines.append(f"{found.base_rate:.2%} of all visits buy something. The ways that most visits take before that:")
    else:
        lines.append("Nothing says what was bought, so there is no conversion. The ways that most visits take:")
    for item in found.found[:15]:
        path = " → ".join(names[code] for code in item.path)
        told = f"  {item.sessions:>10,} visits {item.support:>6.1%}  {path}"
        if item.conversion is not None:
            told += f"   buy {item.conversion:.1%} ({item.conversion_low:.1%} to {item.conversion_high:.1%})"
        lines.append(told + (f", lift {item.lift:.2f}" if item.lift is not None else ""))
    lines.append(f"Listed are ways in {found.fewest_sessions:,} visits or more.")
    return "\n".join(lines)


def _differences_told(compared: Differences) -> dict[str, Any]:
    names = (*compared.states.names, _LEFT)
    return {
        "sessions_a": compared.sessions_a,
        "sessions_b": compared.sessions_b,
        "steps": [
            {"from": names[item.path[0]], "to": names[item.path[1]], "a": item.a, "a_of": item.a_of, "b": item.b,
             "b_of": item.b_of, "share_a": item.share_a, "share_b": item.share_b, "difference": item.difference,
             "p": item.p, "q": item.q, "significant": item.is_significant}
            for item in compared.found
        ],
    }  # fmt: skip


def _differences_text(compared: Differences, a: str, b: str) -> str:
    names = (*compared.states.names, "left")
    lines = [
        f"\n{a} ({compared.sessions_a:,} visits) against {b} ({compared.sessions_b:,}): what chance does not explain"
    ]
    lines += [
        f"  {names[item.path[0]]} → {names[item.path[1]]}: {item.share_a:.1%} against {item.share_b:.1%}, "
        f"{100 * item.difference:+.1f} percentage points"
        for item in compared.found
        if item.is_significant and item.difference is not None
    ][:15]
    return "\n".join(lines if len(lines) > 1 else [*lines, "  nothing"])
