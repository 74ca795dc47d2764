"""What the project ships: two models, the ladder of siblings, and the reader."""

from __future__ import annotations

from vae.config import IMAGE_PIXELS, Config, Network, Noise, Objective, ReaderConfig, ReaderNetwork, Training
from vae.layers import Conv, ConvTranspose, Dense, DepthToSpace, Flatten, Reshape, SpaceToDepth

# The model that a visitor meets first, and the first of every list.
DEFAULT_MODEL = "calibrated"

PRESETS = {
    # The default: every noise level, fresh noise at each step, a calibrated decoder. Convolutions lead
    # from the pixels to the code and back without a narrow dense layer between, and most of them run at 7 x 7, where
    # they cost the least for what they see. Behind the code, 192 channels hold half of the weights and, mixed by a
    # 1 x 1 convolution, cost little. ReLU's zeros can be skipped, so that a browser can run it at every frame.
    "calibrated": Config(
        network=Network(
            encoder=(SpaceToDepth(2), Conv(32), Conv(64, stride=2), Conv(64), Conv(64), Flatten()),
            decoder=(
                Dense(7 * 7 * 192),
                Reshape((7, 7, 192)),
                Conv(64, kernel=1),
                Conv(64),
                ConvTranspose(48, stride=2),
                Conv(4, activation="sigmoid"),
                DepthToSpace(2),
            ),
        ),
        noise=Noise(sigma_min=0.0, sigma_max=1.0, fresh=True),
        objective=Objective(reconstruction="image_variance", kl_weight=1.0),
        training=Training(
            epochs=80,
            batch_size=128,
            optimizer="muon",
            learning_rate=6e-3,
            schedule="cosine",
            augmentation=0.5,
            batch_norm=True,
            polish_epochs=12,
            polish_learning_rate=7e-5,
            standardise_codes=True,
        ),
    ),
    # The notebook's model, kept exactly: one noise level, drawn once, and no KL term.
    "notebook": Config(
        network=Network(
            encoder=(Flatten(), Dense(512)),
            decoder=(Dense(512), Dense(IMAGE_PIXELS, "sigmoid")),
        ),
        noise=Noise(sigma_min=0.2, sigma_max=0.2, fresh=False),
        objective=Objective(reconstruction="mse", kl_weight=0.0),
        training=Training(epochs=10, batch_size=128, learning_rate=1e-3),
    ),
}

# What says which digit a picture shows. Small, since a browser runs it at every frame beside a model, and fetches it.
READER = ReaderConfig(
    network=ReaderNetwork(
        (SpaceToDepth(2), Conv(20), Conv(32, stride=2), Conv(32), Flatten(), Dense(64)),
    ),
    training=Training(
        epochs=10,
        batch_size=128,
        optimizer="muon",
        learning_rate=6e-3,
        schedule="cosine",
        augmentation=1.0,
        batch_norm=True,
    ),
)

# The ladder: siblings that differ in what a nat weighs and in nothing else. Small, since a visit fetches them all.
LADDER = "ladder"
LADDER_WEIGHTS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)


def ladder_config(kl_weight: float) -> Config:
    """The sibling of a weight of the KL divergence, trained on clean digits.

    At weight 0 the codes are sampled as everywhere else. Nothing then keeps the encoder from moving the digits apart
    and shrinking its posteriors to specks, so that the rate rises for as long as training goes on; it is what so many
    epochs make of it.
    """
    return Config(
        network=Network(
            encoder=(SpaceToDepth(2), Conv(24), Conv(48, stride=2), Conv(48), Flatten()),
            decoder=(
                Dense(96),
                Dense(7 * 7 * 32),
                Reshape((7, 7, 32)),
                Conv(64, kernel=1),
                Conv(48),
                ConvTranspose(24, stride=2),
                Conv(4, activation="sigmoid"),
                DepthToSpace(2),
            ),
        ),
        noise=Noise(sigma_min=0.0, sigma_max=0.0),
        objective=Objective(reconstruction="image_variance", kl_weight=kl_weight),
        training=Training(
            epochs=16,
            batch_size=128,
            optimizer="muon",
            learning_rate=6e-3,
            schedule="cosine",
            batch_norm=True,
        ),
    )


# What training a preset should reach, by the names of `training.measure`: what the command line prints beside it.
EXPECTED = {
    "notebook": {"mse_noisy_to_clean": 0.0067},
    "calibrated": {"mse_noisy_to_clean": 0.0036},
}
