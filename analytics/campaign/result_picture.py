"""What of a result is drawn for print: no ``env``, no text in any language."""

from datetime import date, timedelta

from ..core.drawing import BLUE, GREY, draw_lines, span

# the day of the start is written only where it does not run into its neighbours: share of the width
DAY_ROOM = 0.22

COLORS = {"margin_treated": BLUE, "margin_holdout": GREY, "effect": BLUE}


def draw_result(result, names, scale, say_day, band=None):
    """Lines over time; those of money that adds up begin with nothing on the day before.

    :param dict result: from ``get_result``, with at least one point since the start
    :param names: fields of the points, one line each
    :param scale: function of an amount and the number of its decimals that writes it beside the scale
    :param say_day: function of a date that writes it
    :param band: fields of the lower and the upper end of an interval; then only points whose effect is known are drawn
    :return: SVG, or an empty text where nothing is known
    """
    points = [point | {"day": date.fromisoformat(point["date"])} for point in result["points"]]
    before = [point for point in points if point["is_before"]]
    after = [point for point in points if not point["is_before"]]
    eve = date.fromisoformat(result["start"]) - timedelta(days=1)
    first = date.fromisoformat(result["first"]) - timedelta(days=1) if before else eve
    last = after[-1]["day"]
    spells = [(before, first), (after, eve)]
    if band:
        spells = [([point for point in after if point["is_effect_known"]], None)]
    lines = [
        {
            "color": COLORS[name],
            "points": [(point["day"], point[name]) for point in spell],
            "eve": start,
            "dashed": spell is before,
        }
        for name in names
        for spell, start in spells
        if spell
    ]
    if not lines:
        return ""
    around = [(point["day"], *(point[end] for end in band)) for point in spells[0][0]] if band else []
    low, high = span(
        [number for line in lines for _day, number in line["points"]] + [end for _day, *ends in around for end in ends]
    )
    digits = 0 if high - low >= 20 else 2
    days = [(first, "start"), (last, "end")]
    if before and last > first and DAY_ROOM <= (eve - first) / (last - first) <= 1 - DAY_ROOM:
        days.insert(1, (eve, "middle"))
    return draw_lines(
        lines,
        first,
        last,
        ends=(low, high),
        ticks=[(number, scale(number, digits)) for number in sorted({low, 0.0, high})],
        days=[(day, say_day(day), anchor) for day, anchor in days],
        mark=eve if before else None,
        band=around,
    )
