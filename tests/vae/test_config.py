"""Configurations: what they count, how they are written and read, and what they refuse."""

import json
import math

import pytest

from vae.config import Config, Network, Noise, Objective, Training
from vae.errors import ConfigError
from vae.layers import Conv, ConvTranspose, Dense, DepthToSpace, Flatten, Reshape, SpaceToDepth
from vae.presets import EXPECTED, PRESETS

EVERY_KIND = Network(
    encoder=(SpaceToDepth(2), Conv(8, 5, 2), Conv(6), Flatten(), Dense(30)),
    decoder=(
        Dense(98),
        Reshape((7, 7, 2)),
        ConvTranspose(8, 4, 2),
        Conv(4, 3, 1, "sigmoid"),
        DepthToSpace(2),
    ),
    latent_dim=5,
)
CONFIGS = {**PRESETS, "every kind of layer": Config(EVERY_KIND, Noise(0, 1, True), Objective("mse", 0.5))}


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_a_configuration_comes_back_from_json_as_it_was(name):
    written = json.loads(json.dumps(CONFIGS[name].to_dict()))
    assert Config.from_dict(written) == CONFIGS[name]


def test_the_notebooks_preset_is_the_notebooks_model():
    config = PRESETS["notebook"]
    assert config.network.parameters == (784 * 512 + 512) + 2 * (512 * 40 + 40) + (40 * 512 + 512) + (
        512 * 784 + 784
    )
    assert config.network.multiply_adds == 784 * 512 + 2 * 512 * 40 + 40 * 512 + 512 * 784
    assert (config.noise.sigma_min, config.noise.sigma_max, config.noise.fresh) == (0.2, 0.2, False)
    assert (config.objective.reconstruction, config.objective.kl_weight) == ("mse", 0)
    assert (config.training.epochs, config.training.batch_size, config.training.schedule) == (
        10,
        128,
        "constant",
    )


def test_expectations_are_of_presets():
    assert set(EXPECTED) <= set(PRESETS)


def test_every_preset_is_small_enough_for_a_browser():
    for config in PRESETS.values():
        assert config.network.multiply_adds <= 10e6
        assert config.network.parameters <= 2e6


def test_convolutions_cost_their_kernel_at_each_output_pixel_and_transposed_ones_at_each_input_pixel():
    network = Network(
        encoder=(Conv(3, 5, 2), Flatten()),
        decoder=(Dense(49), Reshape((7, 7, 1)), ConvTranspose(2, 6, 2), ConvTranspose(1, 3, 2, "sigmoid")),
        latent_dim=4,
    )
    encoder = 14 * 14 * (5 * 5 * 3) + 2 * (14 * 14 * 3 * 4)
    decoder = 4 * 49 + 7 * 7 * (6 * 6 * 2) + 14 * 14 * (3 * 3 * 2)
    assert network.multiply_adds == encoder + decoder


@pytest.mark.parametrize(
    "layer,before,after",
    [
        (Flatten(), (3, 4, 5), (60,)),
        (Dense(7), (60,), (7,)),
        (Reshape((3, 4, 5)), (60,), (3, 4, 5)),
        (Conv(9, 3, 2), (7, 8, 1), (4, 4, 9)),
        (ConvTranspose(9, 4, 3), (7, 8, 1), (21, 24, 9)),
        (SpaceToDepth(2), (6, 8, 3), (3, 4, 12)),
        (DepthToSpace(2), (3, 4, 12), (6, 8, 3)),
    ],
)
def test_each_layer_tells_the_shape_it_makes(layer, before, after):
    assert layer.output_shape(before) == after


@pytest.mark.parametrize(
    "make",
    [
        lambda: Dense(0),
        lambda: Dense(2.5),
        lambda: Dense(True),
        lambda: Dense("8"),
        lambda: Dense(8, "gelu"),
        lambda: Conv(8, kernel=0),
        lambda: Conv(8, stride=-1),
        lambda: Conv(8, activation=None),
        lambda: ConvTranspose(8, kernel=2, stride=3),
        lambda: Reshape(()),
        lambda: Reshape((7, 0)),
        lambda: SpaceToDepth(0),
        lambda: DepthToSpace("2"),
        lambda: Network((Dense(8),), (Dense(784),)),
        lambda: Network((Conv(8),), (Dense(784),)),
        lambda: Network((Flatten(),), (Dense(783),)),
        lambda: Network((Flatten(),), (Dense(784),), latent_dim=0),
        lambda: Network((Flatten(), Reshape((5, 5))), (Dense(784),)),
        lambda: Network((SpaceToDepth(3), Flatten()), (Dense(784),)),
        lambda: Network((Flatten(),), (Dense(12), Reshape((2, 2, 3)), DepthToSpace(2))),
        lambda: Noise(-0.1, 0.2),
        lambda: Noise(0.3, 0.2),
        lambda: Noise(0, 1.1),
        lambda: Noise(math.nan, 1),
        lambda: Noise("0", 1),
        lambda: Objective("likelihood"),
        lambda: Objective(kl_weight=-1),
        lambda: Objective(kl_weight=math.inf),
        lambda: Objective(kl_weight="1"),
        lambda: Training(epochs=0),
        lambda: Training(epochs=1.5),
        lambda: Training(batch_size=0),
        lambda: Training(learning_rate=0),
        lambda: Training(learning_rate="fast"),
        lambda: Training(learning_rate=math.nan),
        lambda: Training(optimizer="sgd"),
        lambda: Training(schedule="linear"),
        lambda: Training(augmentation=-1),
        lambda: Training(polish_epochs=-1),
        lambda: Training(standardise_codes=1),
        lambda: Config(
            Network((Flatten(),), (Reshape((1, 1, 784)), Conv(784)), latent_dim=784),
            training=Training(standardise_codes=True),
        ),
        lambda: Training(polish_learning_rate=0),
        lambda: Training(batch_norm="yes"),
        lambda: Noise(fresh="no"),
    ],
)
def test_what_describes_no_model_is_refused(make):
    with pytest.raises(ConfigError, match=r"Expected .* Received "):
        make()


GOOD = CONFIGS["every kind of layer"].to_dict()


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("network"),
        lambda data: data.pop("training"),
        lambda data: data["network"].pop("latent_dim"),
        lambda data: data["network"].update(encoder=None),
        lambda data: data["network"].update(encoder=[3]),
        lambda data: data["network"].update(encoder=["dense"]),
        lambda data: data["network"]["encoder"][0].update(kind="attention"),
        lambda data: data["network"]["encoder"][0].update(kind=["dense"]),
        lambda data: data["network"]["encoder"][0].pop("kind"),
        lambda data: data["network"]["encoder"][1].update(dilation=2),
        lambda data: data["network"]["decoder"][1].update(shape=7),
        lambda data: data["network"].update(latent_dim="40"),
        lambda data: data["noise"].update(colour="pink"),
        lambda data: data["noise"].update(sigma_max=None),
        lambda data: data.update(objective=None),
        lambda data: data.update(training=[]),
    ],
)
def test_a_damaged_description_is_refused(change):
    data = json.loads(json.dumps(GOOD))
    change(data)
    with pytest.raises(ConfigError, match=r"Expected .* Received "):
        Config.from_dict(data)


def test_an_older_card_that_names_settings_which_are_gone_is_read():
    data = json.loads(json.dumps(GOOD))
    data["noise"]["draws"] = 2
    data["training"].update(ema=0.999, kl_warmup=0.5, polish_draws=3)
    assert Config.from_dict(data) == CONFIGS["every kind of layer"]


@pytest.mark.parametrize("data", [None, [], "config", 3])
def test_what_is_no_mapping_is_refused(data):
    with pytest.raises(ConfigError):
        Config.from_dict(data)


def test_single_settings_change_and_the_rest_stays():
    config = PRESETS["notebook"].with_changes({"training.epochs": 3, "noise.sigma_max": 0.5})
    assert (config.training.epochs, config.noise.sigma_max) == (3, 0.5)
    assert config.network is PRESETS["notebook"].network
    assert PRESETS["notebook"].training.epochs == 10


@pytest.mark.parametrize("name", sorted(PRESETS))
@pytest.mark.parametrize("latent_dim", [1, 2, 128])
def test_the_latent_size_of_a_preset_can_be_changed(name, latent_dim):
    config = PRESETS[name].with_changes({"network.latent_dim": latent_dim})
    assert config.network.weight_shapes()["z_mean.0.bias"] == (latent_dim,)
    assert config.network.weight_shapes()["decoder.0.kernel"][0] == latent_dim


def test_whole_numbers_become_real_where_those_are_meant():
    config = PRESETS["notebook"].with_changes({"training.learning_rate": 1, "noise.sigma_max": 1})
    written = config.to_dict()
    assert isinstance(written["training"]["learning_rate"], float)
    assert isinstance(written["noise"]["sigma_max"], float)


def test_dense_layers_mirror_each_other():
    network = Network.of_dense_layers((256, 128), 2)
    assert [layer.units for layer in network.encoder[1:]] == [256, 128]
    assert [layer.units for layer in network.decoder] == [128, 256, 784]


@pytest.mark.parametrize(
    "decoder",
    [
        (Dense(784),),
        (Dense(784, "linear"),),
        (Dense(784, "sigmoid"), Reshape((28, 28, 1)), Conv(1, activation="linear")),
        (Dense(49), Reshape((7, 7, 1)), Conv(16), DepthToSpace(4)),
    ],
)
def test_a_decoder_that_may_leave_0_to_1_is_refused(decoder):
    with pytest.raises(ConfigError, match=r"so that its values are in \[0, 1\]. Received '(relu|linear)'"):
        Config(Network((Flatten(),), decoder))


@pytest.mark.parametrize("order", [("sigma_min", "sigma_max"), ("sigma_max", "sigma_min")])
@pytest.mark.parametrize("low,high", [(0.0, 0.1), (0.5, 0.8)])
def test_the_ends_of_a_range_change_together_in_any_order(order, low, high):
    ends = {"sigma_min": low, "sigma_max": high}
    config = PRESETS["notebook"].with_changes({f"noise.{name}": ends[name] for name in order})
    assert (config.noise.sigma_min, config.noise.sigma_max) == (low, high)


@pytest.mark.parametrize(
    "path,value", [("training.epoch", 3), ("epochs", 3), ("network.encoder", []), ("", 1), ("training.", 1)]
)
def test_an_unknown_setting_is_refused(path, value):
    with pytest.raises(
        ConfigError, match=r"Expected a setting among network\.latent_dim, noise.sigma_min, .* Received"
    ):
        PRESETS["notebook"].with_changes({path: value})


@pytest.mark.parametrize(
    "path,value", [("training.epochs", "many"), ("noise.sigma_max", 2), ("training.augmentation", None)]
)
def test_a_setting_out_of_range_is_refused(path, value):
    with pytest.raises(ConfigError):
        PRESETS["notebook"].with_changes({path: value})


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ((0, 0), "no noise"),
        ((0.2, 0.2), "one noise level"),
        ((0, 1), "every noise level"),
        ((0.1, 0.5), "noise levels 0.1 to 0.5"),
    ],
)
def test_noise_in_words_follows_its_levels(levels, words):
    assert Noise(*levels).in_words == words


@pytest.mark.parametrize(("weight", "words"), [(0, "no KL"), (1, "KL"), (0.25, "KL × 0.25"), (16, "KL × 16")])
def test_an_objective_in_words_follows_its_kl_weight(weight, words):
    assert Objective(kl_weight=weight).in_words == words
