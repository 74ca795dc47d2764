"""What a page makes available by address."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from ui.components import media
from ui.state import State

VISIT = "a visit"
DATA = b"a large thing"


@pytest.fixture
def server(monkeypatch):
    """The part of Streamlit that hands files out, and how often it has hashed one."""
    storage, hashed = MemoryMediaFileStorage("/media"), []
    load = storage.load_and_get_id
    monkeypatch.setattr(storage, "load_and_get_id", lambda *asked: (hashed.append(asked[0]), load(*asked))[1])
    manager, state = MediaFileManager(storage), State()
    monkeypatch.setattr(
        media, "runtime", SimpleNamespace(get_instance=lambda: SimpleNamespace(media_file_mgr=manager))
    )
    monkeypatch.setattr(media, "current", lambda: state)
    monkeypatch.setattr(media_file_manager, "_get_session_id", lambda: VISIT)
    return SimpleNamespace(storage=storage, hashed=hashed, manager=manager, state=state)


def content(server, url: str) -> bytes:
    return server.storage.get_file(url.rpartition("/")[2]).content


def test_what_several_views_name_in_one_run_is_hashed_once(server):
    urls = {media.media_url(DATA, "thing") for _ in range(3)}
    assert len(urls) == 1 and server.hashed == [DATA]
    assert content(server, urls.pop()) == DATA


def test_what_the_next_run_names_again_stays_at_its_address(server):
    first = media.media_url(DATA, "thing")
    server.state.served.clear()
    server.manager.clear_session_refs(VISIT)
    again = media.media_url(DATA, "thing")
    server.manager.remove_orphaned_files()
    assert again == first and content(server, again) == DATA
