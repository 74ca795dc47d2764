"""What a page makes available by address."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from ui.components import media

VISIT = "a visit"
DATA = b"a large thing"


class Server:
    """The part of Streamlit that hands files out; it counts what it has hashed."""

    def __init__(self):
        self.storage, self.hashed = MemoryMediaFileStorage("/media"), []
        load = self.storage.load_and_get_id

        def count(data, *others):
            self.hashed.append(data)
            return load(data, *others)

        self.storage.load_and_get_id = count
        self.media_file_mgr = MediaFileManager(self.storage)

    def run(self, *things: bytes) -> list[str]:
        """The addresses that a page gets in one run, after which Streamlit forgets what no run asked for."""
        self.media_file_mgr.clear_session_refs(VISIT)
        urls = [media.media_url(data, "thing") for data in things]
        self.media_file_mgr.remove_orphaned_files()
        return urls

    def content(self, url: str) -> bytes:
        return self.storage.get_file(url.rpartition("/")[2]).content


@pytest.fixture
def server(monkeypatch) -> Server:
    server = Server()
    monkeypatch.setattr(media, "_handed_out", {})
    monkeypatch.setattr(media, "runtime", SimpleNamespace(get_instance=lambda: server))
    monkeypatch.setattr(media, "get_script_run_ctx", lambda: SimpleNamespace(session_id=VISIT))
    monkeypatch.setattr(media_file_manager, "_get_session_id", lambda: VISIT)
    return server


def test_what_is_asked_for_again_stays_at_its_address_without_being_hashed_again(server):
    urls = [*server.run(DATA, DATA), *server.run(DATA), *server.run(DATA)]
    assert len(set(urls)) == 1 and server.hashed == [DATA]
    assert server.content(urls[0]) == DATA


def test_other_bytes_under_the_same_name_stand_at_another_address(server):
    [first], [second] = server.run(DATA), server.run(b"another")
    assert first != second
    assert server.content(second) == b"another"


def test_what_streamlit_has_let_go_of_is_made_available_again(server):
    server.run(DATA)
    server.run()
    [url] = server.run(DATA)
    assert server.hashed == [DATA, DATA]
    assert server.content(url) == DATA
