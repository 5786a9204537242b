"""Names of segmentations as short texts, the same in a link and on the command line: `rfm`, `kmeans:k=4,scaling=robust`.

What a name leaves out is as it is by default. A list of columns is joined by `+`; a letter that means something here is
written as a percent sign and two digits where it is a part of a column's name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from urllib.parse import quote, unquote

from analytics import clusters
from analytics.errors import RequestError
from analytics.metrics import RFM_METRICS
from analytics.request import ALGORITHM_NAMES, RFM, AnalysisRequest
from analytics.text import say

_MEANT: Final = "%+,=:"
_LISTS: Final = ("metrics", "attributes")
_OTHERS: Final = (*_LISTS, "scaling", "seed")


def name_of(request: AnalysisRequest) -> str:
    """The name of a request's segmentation."""
    if request.algorithm == RFM:
        return RFM
    plain = AnalysisRequest(request.dataset)
    told = {name: str(value) for name, value in request.params}
    if request.k is not None:
        told = {"k": str(request.k), **told}
    if request.metrics != RFM_METRICS:
        told["metrics"] = "+".join(map(_written, request.metrics))
    if request.attributes:
        told["attributes"] = "+".join(map(_written, request.attributes))
    for name in ("scaling", "seed"):
        if getattr(request, name) != getattr(plain, name):
            told[name] = str(getattr(request, name))
    said = ",".join(f"{name}={value if name in _LISTS else _written(value)}" for name, value in told.items())
    return f"{request.algorithm}:{said}" if said else request.algorithm


def request_named(text: str, base: AnalysisRequest) -> AnalysisRequest:
    """The request that a name means on a base's dataset, version and as-of date.

    Raises:
        RequestError: it is not the name of an algorithm, or asks for what is not possible.
    """
    head, _, rest = (part.strip() for part in text.partition(":"))
    if head not in ALGORITHM_NAMES:
        raise RequestError(
            say(
                "There is no segmentation '{name}'. Write rfm, an algorithm such as kmeans:k=4 (there is {known}), or the "
                "name of one that was kept.",
                name=text[:80],
                known=", ".join(ALGORITHM_NAMES[1:]),
            )
        )
    plain = AnalysisRequest(base.dataset, base.version, base.as_of, preset=base.preset)
    if head == RFM:
        if rest:
            raise RequestError(say("RFM segments follow from rules: write rfm, without '{rest}'.", rest=rest[:80]))
        return plain
    told = _read(clusters.algorithm(head), rest)
    return replace(
        plain,
        algorithm=head,
        k=_whole("k", told.pop("k")) if "k" in told else None,
        metrics=_listed(told.pop("metrics")) if "metrics" in told else RFM_METRICS,
        attributes=_listed(told.pop("attributes", "")),
        scaling=_plain(told.pop("scaling", plain.scaling)),
        seed=_whole("seed", told.pop("seed")) if "seed" in told else plain.seed,
        params=tuple((name, _plain(value)) for name, value in told.items()),
    )


def label_of(request: AnalysisRequest) -> str:
    """What a segmentation is called on a screen: `K-Means (k = 4)`."""
    if request.algorithm == RFM:
        return say("RFM")
    algorithm = say(request.algorithm_used.label)
    _, _, rest = name_of(request).partition(":")
    if not rest:
        return algorithm
    told = ", ".join(
        say("{name} = {value}", name=name, value=" + ".join(map(_plain, value.split("+"))) or say("none"))
        for name, _, value in (item.partition("=") for item in rest.split(","))
    )
    return say("{algorithm} ({settings})", algorithm=algorithm, settings=told)


def _read(algorithm: clusters.Algorithm, rest: str) -> dict[str, str]:
    told: dict[str, str] = {}
    for item in rest.split(",") if rest else ():
        name, equals, value = (part.strip() for part in item.partition("="))
        if not (name and equals):
            raise RequestError(
                say("'{item}' is not a setting. Write name=value, for example k=4.", item=item.strip()[:80])
            )
        if name in told:
            raise RequestError(say("'{name}' is set twice. Set it once.", name=name[:80]))
        if name not in _OTHERS and not algorithm.has(name):
            names = ", ".join((*(known.name for known in algorithm.parameters), *_OTHERS))
            raise RequestError(
                say(
                    "{algorithm} has no setting '{name}'. It has {names}.",
                    algorithm=say(algorithm.label),
                    name=name[:80],
                    names=names,
                )
            )
        told[name] = value
    return told


def _whole(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise RequestError(
            say("'{value}' is not possible for {name}. Use a whole number.", value=value[:80], name=name)
        ) from None


def _listed(value: str) -> tuple[str, ...]:
    return tuple(_plain(part) for part in value.split("+") if part)


def _written(text: str) -> str:
    return "".join(quote(letter) if letter in _MEANT or letter.isspace() else letter for letter in text)


def _plain(text: str) -> str:
    return unquote(text)
