"""The app's entry: page settings, navigation and the model picker; the pages do the rest."""

import streamlit as st

from ui.models import pick_model
from ui.session import enter

st.set_page_config(page_title="Touch a VAE", page_icon="ui/icon.png", layout="wide")

page = st.navigation(
    [
        st.Page("pages/denoise.py", title="Denoise", icon=":material/draw:", default=True),
        st.Page("pages/noise_levels.py", title="Noise levels", icon=":material/blur_on:"),
        st.Page("pages/latent_space.py", title="Latent space", icon=":material/tune:"),
        st.Page("pages/traversals.py", title="Traversals", icon=":material/animation:"),
        st.Page("pages/digit_map.py", title="Digit map", icon=":material/scatter_plot:"),
        st.Page("pages/generate.py", title="Generate", icon=":material/auto_awesome:"),
        st.Page("pages/anomaly.py", title="No digit?", icon=":material/troubleshoot:"),
        st.Page("pages/how_it_works.py", title="How it works", icon=":material/school:"),
    ]
)
enter(page.url_path)
with st.sidebar:
    pick_model()
page.run()
