"""The readers of the files of The Complete Journey."""

import datetime
import importlib

import cdnow  # noqa: F401 (makes the package)
import pandas
import pytest

journey = importlib.import_module("customer_value_data.selling.journey")

CAMPAIGNS = {"campaign_id": [1, 1, 2], "household_id": [7, 9, 7]}


@pytest.fixture
def counts(monkeypatch):
    """Let files of three rows pass for complete."""
    monkeypatch.setattr(journey, "FILES", {name: (columns, 3) for name, (columns, _count) in journey.FILES.items()})


def write(folder, columns, name="campaigns"):
    path = folder / f"{name}.parquet"
    pandas.DataFrame(columns).to_parquet(path)
    return path


def test_read(tmp_path, counts):
    path = write(tmp_path, CAMPAIGNS | {"more": ["a", "b", "c"]})
    assert journey.read("campaigns", path).to_dict("list") == CAMPAIGNS
    assert journey.read("campaigns", path, households=[9, 12]).to_dict("list") == {
        "campaign_id": [1],
        "household_id": [9],
    }


def test_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(journey.JourneyError, match="make setup"):
        journey.read("campaigns", tmp_path / "campaigns.parquet")


def test_damaged(tmp_path, counts):
    path = tmp_path / "campaigns.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(journey.JourneyError, match="not a Parquet file"):
        journey.read("campaigns", path)
    with pytest.raises(journey.JourneyError, match="household_id is missing"):
        journey.read("campaigns", write(tmp_path, {"campaign_id": [1, 2, 3]}))
    with pytest.raises(journey.JourneyError, match="of type double instead of int64"):
        journey.read("campaigns", write(tmp_path, CAMPAIGNS | {"household_id": [7.5, 9, 7]}))


def test_cut_short(tmp_path):
    with pytest.raises(journey.JourneyError, match="3 rows instead of 6,589"):
        journey.read("campaigns", write(tmp_path, CAMPAIGNS))


def test_folder():
    assert journey.folder({"CUSTOMER_VALUE_JOURNEY": "/data"}).as_posix() == "/data"
    assert journey.folder({"CUSTOMER_VALUE_CACHE": "/c"}).as_posix() == "/c/journey"
    assert journey.folder({"XDG_CACHE_HOME": "/c"}).as_posix() == "/c/customer_value/journey"


@pytest.fixture
def real_files():
    if not (journey.folder() / "transactions.parquet").exists():
        pytest.skip("the set-up has not fetched the files")


@pytest.mark.parametrize("count", [0, -1, 2470])
def test_impossible_number_of_households(real_files, count):
    with pytest.raises(journey.JourneyError, match="2,469 households"):
        journey.first_households(count)


def test_all_real_files_are_complete(real_files):
    for name in journey.FILES:
        assert len(journey.read(name)) == journey.FILES[name][1]


def test_basket_lines(real_files):
    households = journey.first_households(20)
    assert households == sorted(set(households))
    lines = journey.basket_lines(households)
    rows = journey.read("transactions", households=households)
    assert lines["cents"].sum() == (rows["sales_value"] * 100).round().sum()
    assert (lines["cents"] > 0).all()
    assert not lines.duplicated(["basket", "product"]).any()
    assert lines.groupby("basket")["moment"].nunique().max() == 1
    assert lines["moment"].min() >= pandas.Timestamp(2017, 1, 1)
    assert lines["moment"].max().date() <= datetime.date(2018, 1, 1)
    finer = journey.basket_lines(households, by="product_type")
    assert len(finer) > len(lines)
    assert finer["cents"].sum() == lines["cents"].sum()
