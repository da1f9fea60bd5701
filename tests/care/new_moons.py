"""Days of new moon in Beijing, by Meeus, Astronomical Algorithms, chapter 49: what Chinese months begin with.

Shares nothing with the dates it checks. Right to some seconds; Spring Festival of 2027 is four minutes from midnight.
"""

from datetime import datetime, timedelta
from math import radians, sin

# degrees at k = 0, change per lunation, change per square of centuries
SUN = (2.5534, 29.10535670, -0.0000014)

MOON = (201.5643, 385.81693528, 0.0107582)

LATITUDE = (160.7108, 390.67050284, -0.0016118)

NODE = (124.7746, -1.56375588, 0.0020672)

# days, power of the eccentricity, multiples of sun, moon, latitude
TERMS = (
    (-0.40720, 0, 0, 1, 0), (0.17241, 1, 1, 0, 0), (0.01608, 0, 0, 2, 0), (0.01039, 0, 0, 0, 2),
    (0.00739, 1, -1, 1, 0), (-0.00514, 1, 1, 1, 0), (0.00208, 2, 2, 0, 0), (-0.00111, 0, 0, 1, -2),
    (-0.00057, 0, 0, 1, 2), (0.00056, 1, 1, 2, 0), (-0.00042, 0, 0, 3, 0), (0.00042, 1, 1, 0, 2),
    (0.00038, 1, 1, 0, -2), (-0.00024, 1, -1, 2, 0),
)  # fmt: skip


def new_moons(year):
    """:return: list of the dates of new moon in Beijing in and around ``year``"""
    first = int((year - 2000) * 12.3685) - 1
    return [_moment(k).date() for k in range(first, first + 16)]


def _moment(k):
    century = k / 1236.85
    sun, moon, latitude, node = (
        radians(start + change * k + square * century**2) for start, change, square in (SUN, MOON, LATITUDE, NODE)
    )
    eccentricity = 1 - 0.002516 * century
    days = 2451550.09766 + 29.530588861 * k + 0.00015437 * century**2
    days += sum(size * eccentricity**power * sin(a * sun + b * moon + c * latitude) for size, power, a, b, c in TERMS)
    days += -0.00017 * sin(node) + 0.000325 * sin(radians(299.77 + 0.107408 * k - 0.009173 * century**2))
    # dynamical time is some 72 seconds ahead of the clock in these years
    return datetime(2000, 1, 1, 12) + timedelta(days=days - 2451545.0, seconds=-72, hours=8)
