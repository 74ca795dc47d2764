"""What one visitor draws, uploads, keeps, answers and trains, no other one sees: on each page."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.models import save_tiny
from tests.pages import ROOT, SEVEN, record
from ui import cache
from ui.state import State
from ui.teaching.plan import PLAN
from ui.train import ownership

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
MARK = "secret"


def visit(page: str, state: State) -> AppTest:
    """A page as one visitor has it, in live views and all."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["state"] = state
    app.run()
    return app if page == "denoise" else app.switch_page(f"pages/{page}.py").run()


def sent(app: AppTest) -> str:
    """All that the server has sent of a page, as text."""
    found: list[str] = []

    def walk(block) -> None:
        for child in getattr(block, "children", {}).values():
            found.append(str(getattr(child, "proto", "")))
            walk(child)

    walk(app._tree)
    return "\n".join(found)


@pytest.fixture
def secretive(tmp_path, monkeypatch) -> State:
    """A visitor who has left traces of every kind."""
    monkeypatch.setenv("VAE_RUNS", str(tmp_path))
    state = State(owner="a" * 32)
    folder = save_tiny(tmp_path / f"{MARK}-model", 4)
    ownership.claim(folder, state.owner)
    state.source = "upload"
    state.take_picture(np.full((28, 28), 0.5, np.float32), f"{MARK}-upload.png")
    state.explorer.kept = {f"{MARK}-direction": np.zeros(40, np.float32)}
    state.classroom.room, state.classroom.key = cache.rooms().open()
    return state


@pytest.mark.parametrize("page", PAGES)
def test_nothing_of_one_visitor_is_sent_to_another(secretive, page):
    mine = visit(page, secretive)
    mine.session_state["canvas"] = {"drawing": {"raw": record(SEVEN), "data": None}}
    mine.run()
    assert not mine.exception and MARK in sent(mine)
    other = visit(page, State(owner="b" * 32))
    assert not other.exception
    seen = sent(other)
    assert MARK not in seen and secretive.classroom.room not in seen and secretive.classroom.key not in seen
    state: State = other.session_state["state"]
    assert state.digit.is_example and not state.answers and not state.explorer.kept
    assert not any(MARK in model for model in cache.available_models(state.owner))


def test_who_is_in_a_room_learns_nothing_of_who_else_is(secretive):
    room = secretive.classroom.room
    guest = State(owner="b" * 32)
    guest.classroom.room, guest.classroom.guess = room, True
    page = PLAN[0].page
    seen = sent(visit(page, guest))
    assert MARK not in seen and secretive.classroom.key not in seen
