"""The page that tells how unlike a digit something is."""

import re

import pytest

from tests.pages import messages, pictures, run_page
from vae.nondigits import NON_DIGITS


def judge(what: str, app=None):
    app = app or run_page("anomaly")
    app.session_state["state"].anomaly.what = what
    return app.run()


def percentile(app) -> float:
    found = re.search(r"Stranger than (every|[\d.]+)", messages(app))[1]
    return 100.0 if found == "every" else float(found)


@pytest.mark.parametrize("what", ["digit", "noisy", *NON_DIGITS])
def test_everything_is_judged_without_an_error(what):
    app = judge(what)
    assert not app.exception and 0 <= percentile(app) <= 100
    assert "Which pixels are to blame" in pictures(app)


def test_shuffled_patches_are_stranger_than_nearly_all_test_digits():
    assert percentile(judge("shuffled_patches")) > 99


def test_the_first_test_digit_is_not_strange():
    assert percentile(judge("digit")) < 95


def test_the_parts_and_the_whole_stand_in_the_table():
    said = messages(judge("digit"))
    for part in ("reconstruction", "KL", "negative ELBO"):
        assert part in said
