"""Large things by address: a browser fetches them by itself, once, without a rerun."""

from __future__ import annotations

from pathlib import PurePosixPath

from streamlit import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

# By name, what was last handed out under it, and its address.
_handed_out: dict[str, tuple[bytes, str]] = {}


def media_url(data: bytes, name: str) -> str:
    """Makes bytes available to the visitor's browser for as long as the page's runs ask for them.

    It is how `st.image` hands out its pictures. A component's own data would go through Streamlit's messages: they are
    hashed at each rerun, and answering a browser that asks takes a rerun of its own, into which a click may fall.

    Args:
        data: What is fetched.
        name: Tells it from all else that the page makes available.

    Returns:
        Its address within the app, "/media/...".
    """
    files = runtime.get_instance().media_file_mgr
    known, url = _handed_out.get(name, (None, ""))
    if known is not data or not _keep(files, url, name):
        url = files.add(data, "application/octet-stream", name)
        _handed_out[name] = data, url
    return url


def _keep(files: MediaFileManager, url: str, name: str) -> bool:
    # Has a file stay for this run, if it is still there. `add` does so too, but hashes all of it first: a millisecond
    # for each model that each view of a page names.
    file_id, ctx = PurePosixPath(url).stem, get_script_run_ctx()
    try:
        with files._lock:
            is_there = ctx is not None and file_id in files._file_metadata
            if is_there:
                files._files_by_session_and_coord[ctx.session_id][name] = file_id
            return is_there
    except AttributeError:  # Another Streamlit.
        return False
