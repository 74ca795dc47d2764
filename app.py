"""The app's entry: the navigation and, around every page, the bench."""

import streamlit as st

from ui.bench import draw_bench
from ui.bench.model import require_model
from ui.show.layout import ICON, bench_and_page
from ui.state import enter

st.set_page_config(page_title="Touch a VAE", page_icon=ICON, layout="wide")

page = st.navigation(
    {
        "": [
            st.Page("pages/how_it_works.py", title="How it works", icon=":material/school:"),
            st.Page("pages/denoise.py", title="Denoise", icon=":material/draw:", default=True),
            st.Page("pages/noise_levels.py", title="Noise levels", icon=":material/blur_on:"),
        ],
        "Explore": [
            st.Page("pages/latent_space.py", title="Latent space", icon=":material/tune:"),
            st.Page("pages/traversals.py", title="Traversals", icon=":material/animation:"),
            st.Page("pages/digit_map.py", title="Digit map", icon=":material/scatter_plot:"),
        ],
        "Use": [
            st.Page("pages/generate.py", title="Generate", icon=":material/auto_awesome:"),
            st.Page("pages/anomaly.py", title="Not a digit?", icon=":material/troubleshoot:"),
        ],
    },
    position="top",
)
# Pages whose pictures follow the digit in the browser alone.
FOLLOWS = {"", "noise_levels", "traversals"}
state = enter(page.url_path)
shows_result = page.url_path != ""  # The landing page has the pictures itself.
bench, body = bench_and_page(shows_result)
try:
    with bench:
        require_model()
        draw_bench(shows_result, page.url_path in FOLLOWS)
    state.write_address()  # Before a page that takes its time.
    with body:
        if state.link_problem:
            st.info(state.link_problem, icon=":material/link_off:")
        page.run()
finally:
    state.write_address()
