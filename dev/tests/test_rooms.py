"""Running the tests of one room."""

import re

import pytest
from launcher.console import LaunchError
from launcher.rooms import rooms
from launcher.testing import PLAIN, selection

FILES = [
    "tests/complaint/test_complaint_clock.py",
    "tests/complaint/test_complaint_flow.py",
    "tests/complaint/complaint_case.py",
    "tests/desk/retention_desk_case.py",
    "tests/test_lessons.py",
    "analytics/arithmetic.py",
    "analytics/campaign/tests/test_experiment.py",
    "analytics/campaign/experiment.py",
    "analytics/risk/at_risk.py",
]


@pytest.fixture
def checkout(tmp_path):
    for file in FILES:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("")
    return tmp_path


def test_rooms_are_the_folders_with_tests_or_doctests(checkout):
    assert rooms(checkout) == ["campaign", "complaint", "risk"]


def test_a_room_is_selected_by_its_files(checkout):
    tags, targets = selection(checkout, {"ROOM": "complaint"})
    assert tags.split(",") == [f"/customer_value/{file}" for file in FILES[:2]]
    assert targets == []


def test_a_room_may_have_plain_tests_only(checkout):
    assert selection(checkout, {"ROOM": "risk"}) == ("", ["analytics/risk"])
    assert selection(checkout, {"ROOM": "campaign"}) == ("", ["analytics/campaign"])


def test_more_than_one_room(checkout):
    tags, targets = selection(checkout, {"ROOM": "complaint, risk"})
    assert tags.count("test_") == 2
    assert targets == ["analytics/risk"]


def test_an_unknown_room_is_answered_with_those_there_are(checkout, tmp_path_factory):
    with pytest.raises(LaunchError, match=re.escape("no room `complaints`") + ".*campaign, complaint, risk"):
        selection(checkout, {"ROOM": "complaints"})
    with pytest.raises(LaunchError, match="has no rooms"):
        selection(tmp_path_factory.mktemp("flat"), {"ROOM": "care"})


def test_everything_or_some_classes(checkout):
    assert selection(checkout, {}) == ("/customer_value", PLAIN)
    assert selection(checkout, {"TAGS": "/customer_value:TestX", "ROOM": ""}) == ("/customer_value:TestX", [])
    with pytest.raises(LaunchError, match="not both"):
        selection(checkout, {"TAGS": "/customer_value:TestX", "ROOM": "care"})
