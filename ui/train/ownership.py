"""Whose a trained model is: until it is published, only its owner's picker shows it.

A visitor is known by a random token that their browser keeps. Beside a model lies the token's hash, so that nobody who
can read the folder can pass for its owner. A model without one, such as those that the command line trains, is
everybody's.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from pathlib import Path

import streamlit as st

FILE = "owner"
COOKIE = "vae_owner"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
# A year.
_KEPT = 31_536_000


def new_token() -> str:
    """128 random bits as text."""
    return secrets.token_urlsafe(16)


def token_of_visit() -> str:
    """The token that the visitor's browser sent, or a new one."""
    sent = st.context.cookies.get(COOKIE, "")
    return sent if isinstance(sent, str) and _TOKEN.fullmatch(sent) else new_token()


def keep_in_browser(token: str) -> None:
    """Asks the visitor's browser to keep the token, so that a later visit finds what was trained in this one."""
    cookie = f"{COOKIE}={token}; path=/; max-age={_KEPT}; samesite=strict"
    st.html(f"<script>document.cookie = {cookie!r};</script>", unsafe_allow_javascript=True)


def hashed(token: str) -> str:
    """What lies beside a model of theirs."""
    return hashlib.sha256(token.encode()).hexdigest()


def claim(folder: Path, token: str) -> None:
    """Makes a model the token's."""
    (folder / FILE).write_text(hashed(token))


def publish(folder: Path) -> None:
    """Makes a model everybody's."""
    (folder / FILE).unlink(missing_ok=True)


def is_published(folder: Path) -> bool:
    """Whether everybody may see a model."""
    return not (folder / FILE).exists()


def owns(folder: Path, token: str) -> bool:
    """Whether a model is the token's alone."""
    try:
        return hmac.compare_digest((folder / FILE).read_text(), hashed(token))
    except OSError:
        return False


def may_see(folder: Path, token: str) -> bool:
    """Whether a visitor may see a model."""
    return is_published(folder) or owns(folder, token)
