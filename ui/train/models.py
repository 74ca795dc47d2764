"""A visitor's own models: what they can do with what they trained, and how good it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import streamlit as st

from ui import cache
from ui.show.download import download
from ui.show.plain_text import as_plain_text
from ui.state import current
from ui.train import ownership
from ui.train.trainings import MOST_BYTES, MOST_MODELS, kept_models
from vae import corruptions, metrics
from vae.checkpoints import Checkpoint, new_run, require_run_name, runs, runs_folder, shipped_models
from vae.errors import CheckpointError
from vae.model_file import pack_model, unpack_model

# On so many test digits models are compared, at these levels of Gaussian noise.
COMPARED, SIGMAS = 500, (0.1, 0.2, 0.3, 0.5, 0.8, 1.0)
MOST_UPLOAD = 25 * 2**20


def own_models() -> list[Path]:
    """The folders of the visitor's models that aren't published."""
    return [path for path in runs() if ownership.owns(path, current().owner)]


def show_models() -> None:
    """Each of the visitor's models, what can be done with it, and how it compares."""
    mine = own_models()
    if not mine:
        st.write("Nothing here yet: what you train appears here, and in your model picker on every page.")
    for folder in mine:
        _show_model(folder)
    _load_file()
    if mine:
        st.header("How they compare")
        _compare(mine)
    count, size = kept_models()
    st.caption(
        f"Visitors keep {count} of at most {MOST_MODELS} models on this server; all that was trained here takes up "
        f"{size / 2**20:.0f} of {MOST_BYTES / 2**20:,.0f} MB. Only you see yours until you publish it: your browser "
        "holds the key. Download what you want to keep for good."
    )


def _show_model(folder: Path) -> None:
    name = folder.name
    with st.container(border=True):
        st.markdown(f"**{as_plain_text(name)}**: {as_plain_text(cache.describe_model(str(folder)))}")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.button(
                "Use", key=f"use.{name}", icon=":material/arrow_forward:", on_click=_use, args=(folder,)
            )
            download("Download", lambda: pack_model(folder), f"{name}.zip")
            with st.popover("Rename", icon=":material/edit:"):
                st.text_input(
                    "New name", name, key=f"rename.{name}", max_chars=40, on_change=_rename, args=(folder,)
                )
            with st.popover("Publish", icon=":material/public:"):
                st.write("Everybody who uses this server will see it. This can't be taken back.")
                st.button("Publish it", key=f"publish.{name}", on_click=_publish, args=(folder,))
            with st.popover("Delete", icon=":material/delete:"):
                st.write("It is gone for good then.")
                st.button("Delete it", key=f"delete.{name}", on_click=_delete, args=(folder,))
    if told := st.session_state.pop(f"told.{name}", ""):
        st.warning(as_plain_text(told))


def _use(folder: Path) -> None:
    state = current()
    state.model = str(folder)
    state.write_address()


def _is_mine(folder: Path) -> bool:
    return ownership.owns(folder, current().owner)


def _rename(folder: Path) -> None:
    wanted = st.session_state[f"rename.{folder.name}"].strip()
    try:
        require_run_name(wanted)
        target = folder.with_name(wanted)
        if target.exists() or wanted in shipped_models():
            raise CheckpointError("This name is taken.")
        if _is_mine(folder):
            folder.rename(target)
            if current().model == str(folder):
                _use(target)
    except CheckpointError as error:
        st.session_state[f"told.{folder.name}"] = str(error)
    except OSError as error:
        st.session_state[f"told.{folder.name}"] = f"It could not be renamed: {error.strerror}."


def _publish(folder: Path) -> None:
    if _is_mine(folder):
        ownership.publish(folder)


def _delete(folder: Path) -> None:
    if _is_mine(folder):
        shutil.rmtree(folder, ignore_errors=True)
        state = current()
        if state.model == str(folder):
            state.model = shipped_models()[0]
            state.write_address()


def _load_file() -> None:
    with st.expander("Load a model from a file", icon=":material/upload_file:"):
        file = st.file_uploader("A file that was downloaded here, .zip", key="train.file")
        if file is None or st.session_state.get("train.loaded") == file.file_id:
            return
        st.session_state["train.loaded"] = file.file_id
        if file.size > MOST_UPLOAD:
            st.warning(
                f"This file is larger than {MOST_UPLOAD // 2**20} MB, so it is none that was downloaded here."
            )
            return
        count, size = kept_models()
        if count >= MOST_MODELS or size >= MOST_BYTES:
            st.warning("There is no room for another model on this server: delete one of yours first.")
            return
        place = runs_folder() / ".trainings" / f"loaded-{file.file_id}"
        try:
            unpack_model(file.getvalue(), place)
            ownership.claim(place, current().owner)
            target = place.rename(new_run(_name_of(file.name)))
        except CheckpointError as error:
            st.warning(f"This file can't be loaded. {as_plain_text(str(error))}")
        except OSError as error:
            st.warning(f"Nothing can be written to the folder of models: {error.strerror}.")
        else:
            _use(target)
            st.rerun()


def _name_of(file_name: str) -> str:
    stem = Path(file_name.replace("\\", "/")).stem.strip()[:40]
    try:
        require_run_name(stem)
    except CheckpointError:
        return "loaded"
    return stem


@st.cache_data(show_spinner="Measuring the models…", max_entries=32, hash_funcs=cache.BY_WEIGHTS)
def _quality(model: Checkpoint) -> list[float]:
    """The PSNR of the first `COMPARED` denoised test digits at each of `SIGMAS`, dB."""
    clean = cache.test_set(model).images[:COMPARED]
    field = corruptions.draw_field("gaussian", len(clean), np.random.default_rng(0))
    noisy = (corruptions.apply(clean, "gaussian", sigma, field) for sigma in SIGMAS)
    return [float(metrics.psnr(model.vae.denoise(each), clean).mean()) for each in noisy]


def _compare(mine: list[Path]) -> None:
    lines = ["| | " + " | ".join(f"{sigma:g}" for sigma in SIGMAS) + " |", "|:--|" + "--:|" * len(SIGMAS)]
    for name in [*map(str, mine), *shipped_models()]:
        try:
            model = cache.load_model(name)
        except CheckpointError as error:
            st.warning(as_plain_text(str(error)))
            continue
        cells = " | ".join(f"{psnr:.2f}" for psnr in _quality(model))
        lines.append(f"| {as_plain_text(model.name)} | {cells} |")
    st.markdown("\n".join(lines))
    st.caption(f"PSNR in dB over {COMPARED} test digits with the same noise, by its level; higher is better.")
