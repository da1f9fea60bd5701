"""Pictures of a result as numbers for a drawing, in units of the drawing: no ``env``, no text in any language."""

from datetime import date, timedelta

WIDTH, HEIGHT = 430, 180

# room for the scale, the days below, and above
LEFT, BOTTOM, TOP, RIGHT = 44, 16, 6, 6

INTERVAL_WIDTH = 900

# the day of the start is written only where it does not run into its neighbours
DAY_ROOM = 84

BLUE, GREY, PALE = "#4a7ba6", "#8a8f98", "#d5e0ea"

COLORS = {"margin_treated": BLUE, "margin_holdout": GREY, "effect": BLUE}


def span(numbers):
    """Ends of a range that holds all ``numbers`` and 0, with some room; never empty.

    >>> span([10.0, 20.0])
    (0.0, 21.6)
    >>> span([0.0])
    (0.0, 0.08)
    """
    low, high = min(0.0, *numbers), max(0.0, *numbers)
    room = 0.08 * (high - low or 1)
    return (low - room if low < 0 else low), (high + room if high > 0 or low == high else high)


def draw_interval(interval):
    """:return: dict of ``width`` and the places on it of ``zero``, ``low``, ``high``, ``effect`` and ``worthwhile``"""
    names = ("low", "effect", "high", "worthwhile")
    low, high = span([interval[name] for name in names])

    def place(number):
        # not so near to an end that half of a line is cut off
        return min(max(round((number - low) / (high - low) * INTERVAL_WIDTH, 1), 1.0), INTERVAL_WIDTH - 1.0)

    return {"width": INTERVAL_WIDTH, "zero": place(0.0)} | {name: place(interval[name]) for name in names}


def draw_lines(result, names, scale, band=None):
    """Lines over time; those of money that adds up begin with nothing on the day before.

    :param dict result: from ``get_result``, with at least one point since the start
    :param names: fields of the points, one line each
    :param scale: function of an amount and the number of its decimals that writes it beside the scale
    :param band: fields of the lower and the upper end of an interval; then only points whose effect is known are drawn
    :return: dict of ``lines`` (``color``, ``path``, ``dots``, ``is_before``), ``band`` (path), ``band_color``,
        ``ticks`` (y, text), ``days`` (x, anchor, day as text), ``mark`` (x of the start, or None), ``width``,
        ``height``, ``left``, ``right``, ``bottom`` and ``zero`` (y of no money)
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
    numbers = [point[name] for spell, _start in spells for point in spell for name in (*names, *(band or ()))]
    low, high = span(numbers or [0.0])
    digits = 0 if high - low >= 20 else 2

    def x(day):
        share = (day - first).days / ((last - first).days or 1)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(number):
        return round(TOP + (1 - (number - low) / (high - low)) * (HEIGHT - TOP - BOTTOM), 1)

    lines = []
    for name in names:
        for spell, start in spells:
            if not spell:
                continue
            dots = [(x(point["day"]), y(point[name])) for point in spell]
            path = [(x(start), y(0.0)), *dots] if start else dots
            lines.append({"color": COLORS[name], "path": _path(path), "dots": dots, "is_before": spell is before})
    around = []
    if band:
        [(spell, _start)] = spells
        around = [(x(point["day"]), y(point[band[1]])) for point in spell]
        around += [(x(point["day"]), y(point[band[0]])) for point in reversed(spell)]
    days = [(x(first), "start", first), (x(last), "end", last)]
    if before and x(first) + DAY_ROOM <= x(eve) <= x(last) - DAY_ROOM:
        days.insert(1, (x(eve), "middle", eve))
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "bottom": HEIGHT - BOTTOM,
        "lines": lines,
        "band": _path(around),
        "band_color": PALE,
        "ticks": [(y(number), scale(number, digits)) for number in sorted({low, 0.0, high})],
        "zero": y(0.0),
        "days": [(place, anchor, day.isoformat()) for place, anchor, day in days],
        "mark": x(eve) if before else None,
    }


def _path(dots):
    return " ".join(f"{left},{top}" for left, top in dots)
