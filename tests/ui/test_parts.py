"""The parts of pages that a link can hide."""

from __future__ import annotations

import pytest

from tests.pages import ROOT, run_page
from ui.show.parts import FRAME_PARTS, PAGE_PARTS, hidden_parts, hiding, parts_of
from ui.state import State


def containers(app) -> set[str]:
    """The keys of a page's containers that are parts."""
    found = set()

    def walk(block):
        for child in getattr(block, "children", {}).values():
            key = getattr(getattr(child, "proto", None), "id", "")
            if isinstance(key, str) and "part-" in key:
                found.add(key.rsplit("part-", 1)[1])
            walk(child)

    walk(app._tree)
    return found


@pytest.mark.parametrize("page", PAGE_PARTS)
def test_a_page_has_the_parts_that_its_list_names(page):
    app = run_page(page)
    assert containers(app) == set(PAGE_PARTS[page])


def test_every_page_has_its_list_and_no_name_stands_twice():
    assert set(PAGE_PARTS) == {path.stem for path in (ROOT / "pages").glob("*.py")}
    names = [*FRAME_PARTS, *(name for parts in PAGE_PARTS.values() for name in parts)]
    assert len(names) == len(set(names))


def test_what_is_hidden_is_named_or_beside_what_alone_is_shown():
    assert hidden_parts("kl_dial", ("claims", "bench", "strip"), ()) == {"claims", "bench"}
    assert hidden_parts("kl_dial", (), ("claims",)) == {"dial"}
    assert hidden_parts("kl_dial", (), ("strip",)) == set()
    assert set(parts_of("kl_dial")) == {*FRAME_PARTS, "dial", "claims"}


def test_nothing_is_taken_out_of_a_page_that_hides_all_its_parts():
    whole = run_page("noise_levels")
    app = run_page("noise_levels")
    state: State = app.session_state["state"]
    state.classroom.hide = (*FRAME_PARTS, *PAGE_PARTS["noise_levels"])
    app.run()
    assert containers(app) == containers(whole)
    assert len(app.caption) == len(whole.caption)
    styles = "".join(element.proto.body for element in app.get("html"))
    assert hiding(state.classroom.hide) in styles
    app.button[-1].click().run()
    assert state.classroom.hide == () and "hide" not in state.to_link()
