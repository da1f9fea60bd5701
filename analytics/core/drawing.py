"""Charts for print as SVG: the one place that draws them. No ``env``, no text in any language.

Every function returns the text of one ``<svg>`` element, in which all that was handed in is escaped.
A bar in a row of a table is no drawing: it is a block of the class ``bar`` (see ``report_style``), which takes the
width of its column by itself and needs no places to be worked out.
"""

from math import cos, pi, sin
from xml.etree import ElementTree

BLUE, GREY, PALE, TRACK, INK, FAINT = "#4a7ba6", "#8a8f98", "#d5e0ea", "#eeeeee", "#333333", "#cccccc"

# room for the days below and at the edges, and for a scale
BOTTOM, EDGE, SCALE = 16, 6, 44


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


def draw_lines(lines, first, last, *, ends=None, levels=(0.0,), ticks=(), days=(), mark=None, band=(), size=(430, 180)):
    """Lines over time.

    :param lines: dicts of ``color`` and ``points`` (list of day and number); ``eve``, a day on which a line begins with
        nothing and without a dot; and ``dashed``
    :param date first: day at the left edge; ``last`` the one at the right
    :param ends: lowest and highest number; without them all numbers fit, and 0
    :param levels: numbers with a line across
    :param ticks: pairs of number and text beside the scale
    :param days: triples of day, text and anchor (``start``, ``middle``, ``end``)
    :param date mark: day of an upright line
    :param band: triples of day, low and high
    :param size: width and height in units of the drawing
    """
    width, height = size
    left = SCALE if ticks else EDGE
    right, bottom = width - EDGE, height - (BOTTOM if days else EDGE)
    low, high = ends or span(
        [number for line in lines for _day, number in line["points"]] + [end for _day, *pair in band for end in pair]
    )

    def x(day):
        share = (day - first).days / (last - first).days if last > first else 1
        return f"{left + share * (right - left):.1f}"

    def y(number):
        return f"{EDGE + (1 - (number - low) / (high - low)) * (bottom - EDGE):.1f}"

    def path(points):
        return " ".join(f"{x(day)},{y(number)}" for day, number in points)

    svg = _svg(width, height)
    for level in levels:
        _add(svg, "line", x1=left, x2=right, y1=y(level), y2=y(level), stroke=FAINT)
    if mark:
        _add(svg, "line", x1=x(mark), x2=x(mark), y1=0, y2=bottom, stroke=INK, stroke_dasharray="3 3")
    if band:
        around = [(day, top) for day, _under, top in band] + [(day, under) for day, under, _top in reversed(band)]
        _add(svg, "polygon", points=path(around), fill=PALE)
    for line in lines:
        points, color = line["points"], line["color"]
        begun = [(line["eve"], 0.0), *points] if line.get("eve") else points
        if len(begun) > 1:
            dashes = {"stroke_dasharray": "2 3"} if line.get("dashed") else {}
            _add(svg, "polyline", points=path(begun), fill="none", stroke=color, stroke_width=1.5, **dashes)
        for day, number in points:
            _add(svg, "circle", cx=x(day), cy=y(number), r=2, fill=color)
    text = {"font_size": 9, "fill": "#555555"}
    for number, label in ticks:
        _add(svg, "text", label, x=left - 4, y=float(y(number)) + 3, text_anchor="end", **text)
    for day, label, anchor in days:
        _add(svg, "text", label, x=x(day), y=height - 3, text_anchor=anchor, **text)
    return _write(svg)


def draw_interval(low, middle, high, worthwhile, color, width=900):
    """An estimate between ``low`` and ``high``, with lines at 0 and, dotted, at ``worthwhile``."""
    start, end = span([low, middle, high, worthwhile])

    def place(number):
        # not so near to an end that half of a line is cut off
        return min(max(round((number - start) / (end - start) * width, 1), 1.0), width - 1.0)

    svg = _svg(width, 26)
    _add(svg, "rect", x=0, y=0, width=width, height=26, fill=TRACK)
    length = max(round(place(high) - place(low), 1), 1)
    _add(svg, "rect", x=place(low), y=8, width=length, height=10, fill=color, fill_opacity=0.6)
    upright = {"y1": 0, "y2": 26, "stroke": INK, "stroke_width": 2}
    _add(svg, "line", x1=place(0.0), x2=place(0.0), **upright)
    _add(svg, "line", x1=place(worthwhile), x2=place(worthwhile), stroke_dasharray="2 3", **upright)
    _add(svg, "circle", cx=place(middle), cy=13, r=6, fill="#000000", stroke="#ffffff", stroke_width=2)
    return _write(svg)


def draw_gauge(score, text):
    """A half circle, filled as far as ``score`` of 100, with ``text`` in it."""
    share = min(max(score, 0), 100) / 100
    svg = _svg(120, 68, 1.5)
    arc = {"fill": "none", "stroke_width": 12}
    _add(svg, "path", d="M10 60 A50 50 0 0 1 110 60", stroke=TRACK, **arc)
    if share:
        x, y = 60 - 50 * cos(pi * share), 60 - 50 * sin(pi * share)
        _add(svg, "path", d=f"M10 60 A50 50 0 0 1 {x:.2f} {y:.2f}", stroke=BLUE, **arc)
    _add(svg, "text", text, x=60, y=58, text_anchor="middle", font_size=18, font_weight="bold", fill=INK)
    return _write(svg)


def draw_key(color):
    """What stands beside a word of a legend."""
    svg = _svg(14, 8)
    _add(svg, "rect", x=0, y=1, width=14, height=6, fill=color)
    return _write(svg)


def _svg(width, height, zoom=1):
    return ElementTree.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        width=f"{zoom * width:g}",
        height=f"{zoom * height:g}",
        viewBox=f"0 0 {width} {height}",
    )


def _add(svg, tag, label="", **values):
    node = ElementTree.SubElement(svg, tag, {key.replace("_", "-"): str(value) for key, value in values.items()})
    node.text = label


def _write(svg):
    return ElementTree.tostring(svg, encoding="unicode")
