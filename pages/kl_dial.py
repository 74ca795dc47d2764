"""What the KL term costs and what it buys: siblings that differ in its weight alone, on one dial."""

import streamlit as st

from ui.kl_dial.dial import show_dial

st.title("What does the KL term buy?")
st.write(
    "Seven networks, trained alike on the same digits in the same order. They differ in one number: how much a nat "
    "of code costs. Drag it from 0, where codes are free, to the right, and watch what is lost and what is won."
)
show_dial()
