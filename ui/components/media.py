"""Large things by address: a browser fetches them by itself, once, without a rerun."""

from __future__ import annotations

from streamlit import runtime

from ui.state import current


def media_url(data: bytes, name: str, kind: str = "application/octet-stream") -> str:
    """Makes bytes available to the visitor's browser for as long as the page's runs ask for them.

    It is how `st.image` hands out its pictures. A component's own data would go through Streamlit's messages: they are
    hashed at each rerun, and answering a browser that asks takes a rerun of its own, into which a click may fall.

    Args:
        data: What is fetched.
        name: Tells it from all else that the page makes available: of one name is one content.
        kind: Its media type.

    Returns:
        Its address within the app, "/media/...".
    """
    served = current().served
    if name not in served:  # Making it available means hashing it.
        manager = runtime.get_instance().media_file_mgr
        served[name] = manager.add(data, kind, name)
    return served[name]
