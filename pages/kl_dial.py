"""What the KL term costs and what it buys: siblings that differ in its weight alone, on one dial."""

import streamlit as st

from ui import cache
from ui.kl_dial.claims import claims
from ui.kl_dial.dial import show_dial
from ui.show import glossary
from ui.show.layout import introduce
from ui.show.parts import part

st.title("What does the KL term buy?")
introduce(
    "Seven networks, trained alike on the same digits in the same order. They differ in one number: how much a [[nat]] "
    "of [[code]] costs, the weight of the [[KL divergence]]. Drag it from 0, where codes are free, to the right, and "
    "watch what is lost and what is won."
)
with part("dial"):
    show_dial()
with part("claims"):
    st.header("What the numbers say")
    for claim in claims([sibling.figures for sibling in cache.ladder()]):
        glossary.write(f"**{claim.title}.** {claim.sentence}")
