"""What a lost customer is worth if they are asked to come back: the second lifetime.

Stauss, Friege: Regaining service customers, Journal of Service Research 1 (1999): win back those whose second lifetime
value exceeds what it costs. Thomas, Blattberg, Fox: Recapturing lost customers, Journal of Marketing Research 41
(2004): who is recaptured stays for a second tenure of its own, which the first does not tell.

    value = margin a year x share recaptured x sum over the years t = 0, 1, ... of retention^t / (1 + discount)^t

The margin of the first year after the return is earned in full and at present value; later years are kept with the
retention of those won back before, and discounted.
"""


def years_kept(retention, discount, years):
    """How many full years of margin a return is worth, in closed form.

    :param float retention: share of those who came back that is still there a year later, 0..1
    :param float discount: interest a year, 0..
    :param int years: horizon
    :raise ValueError: a share or an interest that cannot be

    >>> years_kept(0.5, 0.0, 3)
    1.75
    >>> years_kept(1.0, 0.0, 4)
    4.0
    >>> round(years_kept(0.8, 0.1, 5), 6)
    2.920634
    >>> years_kept(0.0, 0.1, 3)
    1.0
    >>> years_kept(0.9, 0.1, 0)
    0.0
    """
    if not 0 <= retention <= 1 or discount < 0 or years < 0:
        raise ValueError("Retention lies between 0 and 1; discount and years are not negative.")
    ratio = retention / (1 + discount)
    # near one the quotient below loses its digits
    if abs(1 - ratio) < 1e-9:
        return float(years)
    return (1 - ratio**years) / (1 - ratio)


def second_lifetime_value(margin, recaptured, retention, discount, years):
    """Expected margin of asking, before what it costs; a customer at a loss is worth nothing.

    :param float margin: of the last year as a customer
    :param float recaptured: share of lost customers that comes back, 0..1

    >>> second_lifetime_value(1000, 0.2, 0.5, 0.0, 3)
    350.0
    >>> second_lifetime_value(-1000, 0.2, 0.5, 0.0, 3)
    0.0
    """
    if not 0 <= recaptured <= 1:
        raise ValueError("The share recaptured lies between 0 and 1.")
    return max(margin, 0) * recaptured * years_kept(retention, discount, years)


def expected_cost(cost, face_value, recaptured):
    """What asking costs in the mean: what is spent on each, and what is promised to those who come back.

    >>> expected_cost(10, 50, 0.2)
    20.0
    """
    return cost + face_value * recaptured
