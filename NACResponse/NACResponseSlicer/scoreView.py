"""A score as text with bars, for a label that shows rich text: the probability on its scale, what moved it, and where
the patient lies among the training patients. Every bar stands beside its number, so that nothing depends on colours.

Qt's rich text draws a bar as a cell of a table with a background and a width in percent.
"""

import html
from collections.abc import Sequence

from slicer.i18n import tr as _

from .patientResults import ScoreResult

TOWARD, AWAY, BAND, TRACK, MARK = "#0072b2", "#d55e00", "#7fb8d8", "#dfe5ea", "#1b2733"
MOST_BARS = 8
_WORTH_TELLING = 0.005
_NBSP = "\u00a0"


def scale(result: ScoreResult) -> str:
    """The probability and its interval from 0 to 100 %, with the threshold under it."""
    low, high = result.interval
    middle = min(max(result.probability, low), high)
    strip = [(TRACK, low), (BAND, middle - low), (MARK, 0.012), (BAND, high - middle), (TRACK, 1 - high)]
    ends = _("0\u00a0%"), _("threshold {threshold}").format(threshold=_percent(result.threshold)), _("100\u00a0%")
    under = "".join(
        f'<td align="{side}">{text}</td>' for side, text in zip(("left", "center", "right"), ends, strict=True)
    )
    return f'{_cells(strip)}<table width="100%" cellspacing="0"><tr>{under}</tr></table>'


def bars(result: ScoreResult) -> str:
    """A row for each input: its name and value, a bar to the left or right, and the points; the least ones together."""
    entries = [(f"{one['label']}: {one['shown']}", 100 * one["contribution"]) for one in result.contributions]
    if len(entries) > MOST_BARS:
        rest = entries[MOST_BARS - 1 :]
        joined = _("{count} other inputs").format(count=len(rest)), sum(points for _name, points in rest)
        entries = [*entries[: MOST_BARS - 1], joined]
    most = max((abs(points) for _name, points in entries), default=0) or 1
    rows = []
    for name, points in entries:
        half = abs(points) / most / 2
        left = [(None, 0.5 - half), (AWAY, half)] if points < 0 else [(None, 0.5)]
        right = [(TOWARD, half), (None, 0.5 - half)] if points > 0 else [(None, 0.5)]
        drawn = _cells([*left, (MARK, 0.01), *right])
        rows.append(_row(html.escape(name), drawn, f"{points:+.1f}" if abs(points) >= 0.05 else "0.0"))
    return _table(rows)


def place(result: ScoreResult) -> str:
    """The training patients by tenths of the scale, with those of the positive class; empty of an older score."""
    about = result.place
    bins = [one for one in about.get("bins", ()) if one["patients"] or _holds(one, result.probability)]
    if not bins:
        return ""
    most = max(one["patients"] for one in bins) or 1
    rows = []
    for one in bins:
        positive, others = one["positives"] / most, (one["patients"] - one["positives"]) / most
        name = f"{100 * one['low']:.0f}{_NBSP}-{_NBSP}{100 * one['high']:.0f}{_NBSP}%"
        if _holds(one, result.probability):
            name = f"<b>{name} \u25c0 {_('this patient')}</b>"
        drawn = _cells([(TOWARD, positive), (BAND, others), (None, 1 - positive - others)])
        rows.append(_row(name, drawn, _("{positives} of {patients}").format(**one).replace(" ", _NBSP)))
    return _table(rows)


def placeHint(result: ScoreResult) -> str:
    """What ``place`` shows, in a sentence or two."""
    about = result.place
    if not about:
        return ""
    if about["subtype"]:
        group = _("the {patients} training patients who are {subtype} as this patient is")
    else:
        group = _("all {patients} training patients, since {reason}")
    text = _("Among {group}: {lower} scored lower. Each row: how many had {positive}, of how many with such a score.")
    return text.format(group=group.format(**about), lower=about["lower"], positive=result.positiveClass)


def warnings(result: ScoreResult) -> list[str]:
    """The warnings in their order, those first that could change most, with what is at stake."""
    effects = [*result.warningEffects, *[0.0] * len(result.warnings)]
    lines = []
    for text, effect in zip(result.warnings, effects, strict=False):
        stake = ""
        if _WORTH_TELLING <= effect < 1:
            stake = " " + _("At stake: up to {points:.0f} points.").format(points=100 * effect)
        lines.append(_("Warning: {text}").format(text=text) + stake)
    return lines


def _holds(one: dict, probability: float) -> bool:
    return bool(one["low"] <= probability < one["high"] or (one["high"] == 1 and probability == 1))


def _cells(parts: Sequence[tuple[str | None, float]]) -> str:
    """A strip of coloured cells whose widths are shares of it."""
    whole = sum(share for _colour, share in parts) or 1
    drawn = []
    for colour, share in parts:
        width = max(round(100 * share / whole), 0)
        if width or colour == MARK:
            fill = f' bgcolor="{colour}"' if colour else ""
            drawn.append(f'<td width="{max(width, 1)}%"{fill}>&nbsp;</td>')
    return f'<table width="100%" cellspacing="0" cellpadding="0"><tr>{"".join(drawn)}</tr></table>'


def _row(name: str, drawn: str, number: str) -> str:
    return (
        f'<tr><td width="42%">{name}</td><td width="36%">{drawn}</td><td width="22%" align="right">{number}</td></tr>'
    )


def _table(rows: Sequence[str]) -> str:
    return f'<table width="100%" cellspacing="2">{"".join(rows)}</table>'


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u00a0%"
