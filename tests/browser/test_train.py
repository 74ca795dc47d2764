"""The page on which networks learn, in Chromium: a replay that plays, and a browser that keeps its owner's key."""

from __future__ import annotations

from ui.train.ownership import COOKIE


def test_a_replay_plays_to_its_end_and_the_browser_keeps_the_key_of_what_will_be_trained(open_page):
    page, watch = open_page("train?replay=notebook")
    slider = page.get_by_role("slider", name="Moment")
    slider.wait_for()
    assert slider.get_attribute("aria-valuetext") == "epoch 10"
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Stop", exact=True).wait_for()
    page.wait_for_function("document.body.innerText.includes('epoch 0.')")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Play", exact=True).wait_for()

    def key() -> str:
        return next(one["value"] for one in page.context.cookies() if one["name"] == COOKIE)

    kept = key()
    page.reload()
    slider.wait_for()
    page.wait_for_timeout(500)
    assert key() == kept
    assert kept not in page.url
    assert watch.foreign_requests == []
    assert watch.console_errors == []
