"""The app's entry: the navigation and, around every page, the bench."""

import streamlit as st

from ui.bench import draw_bench
from ui.bench.model import require_model
from ui.show.layout import ICON, bench_and_page
from ui.state import enter
from ui.teaching.plan import LANDING
from ui.teaching.presenter import begin_page, classroom_style, end_page

st.set_page_config(page_title="Touch a VAE", page_icon=ICON, layout="wide")

# By its file in pages/: a page's group in the menu, its title, its icon, and whether its pictures follow the digit in
# the browser alone.
PAGES = {
    "how_it_works": ("", "How it works", "menu_book", False),
    "denoise": ("", "Denoise", "draw", True),
    "noise_levels": ("", "Noise levels", "blur_on", True),
    "latent_space": ("Explore", "Latent space", "tune", False),
    "traversals": ("Explore", "Traversals", "animation", True),
    "digit_map": ("Explore", "Digit map", "scatter_plot", False),
    "kl_dial": ("Explore", "The KL dial", "balance", False),
    "generate": ("Use", "Generate", "auto_awesome", False),
    "train": ("Use", "Train your own", "model_training", False),
    "anomaly": ("Use", "Not a digit?", "troubleshoot", False),
    "lesson": ("Use", "Lesson", "school", False),
}

# They have nothing to save as a picture.
WITHOUT_PICTURES = ("train", "lesson")

menu: dict[str, list] = {}
for file, (group, title, icon, _) in PAGES.items():
    menu.setdefault(group, []).append(
        st.Page(f"pages/{file}.py", title=title, icon=f":material/{icon}:", default=file == LANDING)
    )
page = st.navigation(menu, position="top")
name = page.url_path or LANDING
state = enter(page.url_path)
*_, follows = PAGES[name]
shows_result = page.url_path != ""  # The landing page has the pictures itself.
bench, body = bench_and_page(shows_result, classroom_style(state, name))
try:
    with bench:
        require_model()
        # A question is about the digit: then the page must hear of each stroke.
        draw_bench(name, shows_result, follows and not state.classroom.guess, name not in WITHOUT_PICTURES)
    state.write_address()  # Before a page that takes its time.
    with body:
        if state.link_problem:
            st.info(state.link_problem, icon=":material/link_off:")
        begin_page(name)
        page.run()
        end_page(name)
    state.end_run()
finally:
    state.write_address()
