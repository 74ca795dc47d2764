"""Step 8: what VAEs are good for, and what they are bad at."""

from __future__ import annotations

import streamlit as st

from ui.how_it_works.source import show_source
from ui.how_it_works.story import Story
from ui.show import glossary, pictures
from ui.show.pictures import Picture
from vae import loss, neighbours

CANDIDATES = 8

# (the use, a sentence about it, [(page, its link's words)])
USES = (
    (
        "Denoising",
        "What the code can't hold is gone from the output.",
        [("denoise", "Denoise your digit"), ("noise_levels", "See it at every noise level")],
    ),
    (
        "Fewer dimensions",
        "A few numbers stand for a whole picture: to look at, to search, to compare.",
        [
            ("digit_map", "Find it on the map"),
            ("latent_space", "Turn the numbers yourself"),
            ("traversals", "See what directions do"),
        ],
    ),
    (
        "Generation",
        "Draw a code from the prior, paint it, and there is a digit that nobody wrote.",
        [("generate", "Make new digits")],
    ),
    (
        "Anomaly detection",
        "What was never seen in training is coded and painted badly, and that can be measured.",
        [("anomaly", "How unlike a digit is yours?")],
    ),
)


def show(story: Story) -> None:
    """Advantages, uses with their pages, and the reason for blur."""
    st.header("8. What it is good for, and what it is bad at", anchor="uses")
    glossary.write(
        """
**What a VAE has that others lack.** One network does several jobs: it denoises, compresses, makes new
pictures and tells what is unusual. Its code comes with an error bar. Nearby [[code|codes]] mean similar pictures. It
has one loss, with a clear meaning, and it trains in one go, with nothing to balance by hand. Encoding and
decoding each take a single pass.
"""
    )
    row = st.container(horizontal=True)
    for name, sentence, links in USES:
        # With a fixed width they wrap on a narrow screen, and no link is cut off.
        with row.container(border=True, width=235, height="stretch"):
            st.markdown(f"**{name}.** {sentence}")
            for page, words in links:
                st.page_link(f"pages/{page}.py", label=words, icon=":material/arrow_forward:")
    st.markdown(
        "### Blur, and why\n\n"
        "Its pictures are soft. Many digits could be behind a noisy picture, and the decoder may give only one "
        "answer. Squared error, which a Gaussian decoder implies, is smallest for the **average** of all the "
        "possible digits: being a little wrong everywhere costs less than being sharply wrong. "
        "Here are the test pictures nearest to your noisy picture, and their average."
    )
    test = story.test
    found = neighbours.nearest_images(story.noisy, test.search_set, min(CANDIDATES, len(test)))
    candidates = test.images[found.indices[0]]
    guess = loss.compromise(candidates)
    pictures.show(
        [Picture(story.noisy[0], "Noisy")]
        + [Picture(image, alt=f"Candidate {n}") for n, image in enumerate(candidates, 1)]
        + [Picture(guess.mean, "Average")],
        columns=5,
        max_width=620,
    )
    st.caption(
        f"Guess the average, and your mean squared error over these {len(candidates)} is {guess.error:.3f}. "
        f"Guess the best single one of them, and it is {guess.best_error:.3f}. The sharp guess loses. "
        "More noise, more candidates, more blur."
    )
    st.markdown(
        """
**Its other weaknesses.** The code is small, so fine detail of *your* hand is lost even without noise.
Dimensions can die: where a number doesn't pay for itself, the encoder gives it up. And a digit too deep in
noise comes back clean and confident, but as *another* digit: the picture doesn't show how unsure the model is.
"""
    )
    with st.expander("The mathematics", expanded=story.in_depth):
        st.markdown(
            r"""
$$
\arg\min_{\hat x} \; \mathbb E_{x \sim p(x \mid \tilde x)} \lVert x - \hat x \rVert^2
= \mathbb E[x \mid \tilde x]
$$

- $\tilde x$: the noisy picture; $p(x \mid \tilde x)$: which clean pictures are possible, and how likely each;
  $\hat x$: the one answer.
- Set the derivative with respect to $\hat x$ to zero: $2\,\mathbb E[\hat x - x \mid \tilde x] = 0$. The best
  answer is the average, and an average of sharp pictures is a blurred one.
"""
        )
    with st.expander("The code", expanded=story.in_depth):
        show_source("vae/loss.py", "compromise")
