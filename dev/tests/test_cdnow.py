"""The readers of the CDNOW files."""

import datetime

import cdnow
import pytest

HEADING = " customer_id  date number_of_cds  dollar_value\r\n"


@pytest.fixture
def counts(monkeypatch):
    """Let files of three purchases by two customers pass for complete."""
    readers = cdnow.readers
    monkeypatch.setattr(readers, "MASTER_COUNTS", (2, 3))
    monkeypatch.setattr(readers, "SAMPLE_COUNTS", (2, 3))


def write(folder, name, text):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_master(tmp_path, counts):
    text = HEADING + " 00001 19970101  1   11.77\r\n 00002 19970112  1   12.00\r\n 00002 19970112  5   77.00\r\n"
    purchases = cdnow.read_master(write(tmp_path, "CDNOW_master.txt", text))
    assert purchases[0] == cdnow.Purchase(1, datetime.date(1997, 1, 1), 1, 1177)
    assert [purchase.cents for purchase in purchases] == [1177, 1200, 7700]


def test_sample_has_the_numbers_of_the_full_file(tmp_path, counts):
    text = " 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n 00021 0002 19970101  3   63.34\r\n"
    purchases = cdnow.read_sample(write(tmp_path, "CDNOW_sample.txt", text))
    assert [purchase.customer for purchase in purchases] == [4, 4, 21]
    assert purchases[2].cds == 3


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (" 00002 19970112  1", "line 3"),
        (" 00002 19970132  1   12.00", "line 3"),
        (" 00002 19990112  1   12.00", "out of range"),
        (" 00002 19970112  0   12.00", "out of range"),
        (" 00002 19970112  1   12", "two decimals"),
        (" 00002 19970112  1   -2.00", "out of range"),
        ("", "line 3"),
    ],
)
def test_malformed_line_is_named(tmp_path, line, why):
    text = f"{HEADING} 00001 19970101  1   11.77\r\n{line}\r\n"
    with pytest.raises(cdnow.CdnowError, match=why):
        cdnow.read_master(write(tmp_path, "CDNOW_master.txt", text))


def test_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(cdnow.CdnowError, match="make setup"):
        cdnow.read_master(tmp_path / "CDNOW_master.txt")


def test_heading_is_asked_for(tmp_path):
    with pytest.raises(cdnow.CdnowError, match="heading"):
        cdnow.read_master(write(tmp_path, "CDNOW_master.txt", " 00001 19970101  1   11.77\r\n"))


def test_file_cut_short(tmp_path):
    text = HEADING + " 00001 19970101  1   11.77\r\n"
    with pytest.raises(cdnow.CdnowError, match="1 purchases of 1 customers instead of 69,659 of 23,570"):
        cdnow.read_master(write(tmp_path, "CDNOW_master.txt", text))


def test_sample_needs_five_columns(tmp_path):
    with pytest.raises(cdnow.CdnowError, match="5 columns"):
        cdnow.read_sample(write(tmp_path, "CDNOW_sample.txt", " 00004 19970101  2   29.33\r\n"))


@pytest.mark.parametrize("cents", [0, 1, 2933, 100000])
@pytest.mark.parametrize("cds", [1, 2, 3, 7, 99])
def test_lines_add_up(cds, cents):
    lines = cdnow.Purchase(1, datetime.date(1997, 1, 1), cds, cents).lines()
    assert sum(quantity for quantity, _price in lines) == cds
    assert sum(quantity * price for quantity, price in lines) == cents
    assert all(quantity > 0 and price >= 0 for quantity, price in lines)


def test_folder(tmp_path):
    folder = cdnow.readers.folder
    assert folder({"CUSTOMER_VALUE_CDNOW": "/data"}).as_posix() == "/data"
    assert folder({"XDG_CACHE_HOME": "/c"}).as_posix() == "/c/customer_value/cdnow"


def test_real_files_where_the_set_up_has_put_them():
    if not (cdnow.readers.folder() / "CDNOW_master.txt").exists():
        pytest.skip("the set-up has not fetched the files")
    master, sample = cdnow.read_master(), cdnow.read_sample()
    assert sum(purchase.cents for purchase in master) == 250031563
    assert set(sample) <= set(master)
