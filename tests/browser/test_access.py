"""Whether everybody can use the pages: axe-core finds nothing serious or moderate, in a light and a dark theme."""

from __future__ import annotations

import pytest

from tests.browser.pen import settle

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright",
    reason="axe is not installed: pip install -r requirements-dev.txt",
)

PAGES = (
    "",
    "how_it_works?step=loss",
    "noise_levels",
    "latent_space",
    "traversals",
    "digit_map?map=plane",
    "kl_dial",
    "generate",
    "anomaly",
    "train",
    "train?watch=own",
)
# In a dark theme the same elements have other colours.
DARK = {"runOnly": ["color-contrast"]}
GRAVE = ("moderate", "serious", "critical")


@pytest.mark.parametrize(
    "pages,rules,dark", [(PAGES, None, False), (PAGES[::3], DARK, True)], ids=["light", "dark"]
)
def test_nothing_keeps_anybody_from_using_a_page(open_page, app_url, pages, rules, dark):
    page, _ = open_page(dark=dark)
    found = {}
    for name in pages:
        page.goto(f"{app_url}/{name}")
        page.wait_for_selector("h1")
        settle(page)
        page.wait_for_timeout(500)
        for violation in axe.Axe().run(page, options=rules).response["violations"]:
            if violation["impact"] in GRAVE:
                found[name, violation["id"]] = [node["html"][:200] for node in violation["nodes"][:3]]
    assert found == {}
