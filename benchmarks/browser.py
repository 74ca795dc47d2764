"""What measurements and tests of the running app share: a page on a free port of this machine, and a Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 120
# What the app's pages are measured against: the least that a page with an input and a picture costs.
EMPTY_PAGE = """
import numpy as np
import streamlit as st
level = st.slider("Level", 0.0, 1.0, 0.5)
noise = np.random.default_rng(0).random((228, 228))
st.image((level * noise * 255).astype("uint8"), output_format="PNG")
"""


def chromium_path() -> str | None:
    """The Chromium that CHROMIUM names, or Debian's, or another on the PATH; None where there is none.

    The shell without a window is the same engine, and takes half the processor time.
    """
    names = (
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    )
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@contextmanager
def serving(script: Path = ROOT / "app.py") -> Iterator[tuple[str, int]]:
    """Serves a Streamlit script, the app if not told otherwise: its address and its process id.

    Raises:
        RuntimeError: It does not answer.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
    command += ["--server.address=127.0.0.1", f"--server.port={port}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=script.parent, **quiet)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(f"{url}/_stcore/health"):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    f"Expected a Streamlit server at {url}. Received no answer. Run {script} by hand."
                )
            time.sleep(0.2)
        yield url, server.pid
    finally:
        server.terminate()
        server.wait(timeout=20)


@contextmanager
def serving_empty_page() -> Iterator[tuple[str, int]]:
    """Serves `EMPTY_PAGE` with the app's own settings, as `serving` serves the app."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / ".streamlit", Path(folder) / ".streamlit")
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY_PAGE)
        with serving(script) as served:
            yield served


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True
