"""What a model goes by: the importance of its inputs, and what it says over the values of one of them."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from analytics.errors import NotFoundError
from analytics.predict import measures_of
from analytics.predict.evaluation.measures import RANKED_BY
from analytics.predict.explaining.dependence import Dependence, partial_dependence
from analytics.predict.explaining.importance import Importance, alike, pairs_sentence
from analytics.predict.explaining.weighing import stored_importance
from analytics.predict.inputs import Input
from analytics.text import say
from dashboard import results
from dashboard.results import Kept, asking
from dashboard.results.chosen_model import Chosen, chosen
from dashboard.state import View

_IMPORTANCE: Final = Kept(12)
_DEPENDENCE: Final = Kept(48)
_PAIRS: Final = Kept(6)


class _NotYet(Exception):  # noqa: N818 - it says that a result is not there, not that something is wrong
    pass


def weights(view: View, one: Chosen) -> tuple[Importance, ...] | None:
    """The importance of the model's inputs, the most important first; None where no job has found it yet."""

    def read() -> tuple[Importance, ...]:
        found = stored_importance(results.version_of(view.request), one.training, one.contender)
        if found is None:
            raise _NotYet
        return found

    try:
        return _IMPORTANCE.get(one.key, read)
    except _NotYet:
        return None


def feature_of(view: View, one: Chosen) -> str:
    """The input whose dependence is drawn: the chosen one, or the one that is drawn unless one is chosen."""
    wanted = view.one("why_feature")
    return wanted if one.input(wanted) is not None else usual_feature(view, one)


def usual_feature(view: View, one: Chosen) -> str:
    """The most important input; until that is known the one that the score follows most."""
    found = weights(view, one)
    if found:
        return (*counting(found), *found)[0].feature
    ordered = asking.ordered(one)
    return ordered[0].name if ordered else ""


def counting(found: tuple[Importance, ...]) -> tuple[Importance, ...]:
    """The inputs without which the model is worse for certain, the most important first."""
    return tuple(item for item in found if item.low > 0)


def by_weight(view: View, one: Chosen) -> tuple[tuple[Input, ...], bool]:
    """The inputs of the model, the weightiest first, and whether that is by their importance; else by what its score follows."""
    ordered, found = asking.ordered(one), weights(view, one)
    if found is None:
        return ordered, False
    place = {item.feature: number for number, item in enumerate(found)}
    return tuple(sorted(ordered, key=lambda item: place.get(item.name, len(place)))), True


def dependence_of(one: Chosen, feature: str) -> Dependence:
    """The mean score over the values of an input."""
    return _DEPENDENCE.get(
        (*one.key, feature),
        lambda: partial_dependence(one.contender.fitted, one.training.test_frame, feature),
    )


def measure_label(one: Chosen) -> str:
    """What gets worse where an input is shuffled."""
    kind = one.training.asked.kind
    return say(next(known.label for known in measures_of(kind) if known.name == RANKED_BY[kind]))


def pairs_words(one: Chosen) -> str:
    """What the reader should know of inputs that say the same; empty where there are none."""
    fitted = one.contender.fitted
    return pairs_sentence(_PAIRS.get(one.key, lambda: alike(one.training.test_frame, fitted.inputs)))


def rows(found: Dependence) -> list[tuple[Any, float, float]]:
    """(value, mean score, share of cases) of each value that was tried."""
    values = found.levels if found.kind == "text" else found.values
    return [
        (value if isinstance(value, str) else float(value), float(score), float(share))
        for value, score, share in zip(values, found.scores, found.shares, strict=True)
    ]


def importance_table(view: View) -> pd.DataFrame:
    """The numbers behind the bars.

    Raises:
        NotFoundError: they were not found yet.
    """
    one = _model(view)
    found = weights(view, one)
    if found is None:
        raise NotFoundError(say("What the model goes by is not known yet. Open Why, and wait until it is there."))
    return pd.DataFrame(
        {
            say("Input"): [item.label for item in found],
            say("{measure} is worse by", measure=measure_label(one)): [item.drop for item in found],
            say("Low"): [item.low for item in found],
            say("High"): [item.high for item in found],
        }
    )


def dependence_table(view: View) -> pd.DataFrame:
    """The numbers behind the curve of the input that is shown."""
    one = _model(view)
    item = one.input(feature_of(view, one))
    if item is None:
        raise NotFoundError(say("This model reads no inputs."))
    told = rows(dependence_of(one, item.name))
    columns = (item.label, one.score_label, say("Share of cases"))
    return pd.DataFrame({name: [row[place] for row in told] for place, name in enumerate(columns)})


def _model(view: View) -> Chosen:
    one = chosen(view)
    if one is None:
        raise NotFoundError(say("There is no model of '{name}' yet. Train one first.", name=view.request.dataset))
    return one
