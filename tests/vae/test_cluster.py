"""TF_CONFIG: what it says, and that every mistake in it is one plain line before anything is begun."""

import json
import re
import socket
import sys

import pytest

from vae import __main__ as cli
from vae.commands import train
from vae.errors import ClusterError
from vae.presets import PRESETS
from vae.training.cluster import Cluster, read_cluster

TWO = {"worker": ["localhost:4000", "localhost:4001"]}


def config_of(cluster, kind="worker", index=0) -> dict[str, str]:
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})}


@pytest.mark.parametrize("environment", [{}, {"TF_CONFIG": " "}, config_of({"worker": ["localhost:4000"]})])
def test_one_worker_is_no_cluster(environment):
    assert read_cluster(environment) is None


def test_each_worker_finds_its_place():
    for index in (0, 1):
        assert read_cluster(config_of(TWO, index=index)) == Cluster(tuple(TWO["worker"]), index)


def test_a_chief_comes_before_the_workers():
    cluster = {"worker": ["a:1", "[::1]:2"], "chief": ["c:3"]}
    assert read_cluster(config_of(cluster, "chief")) == Cluster(("c:3", "a:1", "[::1]:2"), 0)
    assert read_cluster(config_of(cluster, "worker", 1)) == Cluster(("c:3", "a:1", "[::1]:2"), 2)


WRONG = {
    "to be JSON": {"TF_CONFIG": "{"},
    "to be like": {"TF_CONFIG": '{"cluster": {}}'},
    "to be like {": {"TF_CONFIG": "[\n]"},
    "of the types chief and worker": config_of({**TWO, "ps": ["a:1"]}),
    "Received 'ps'": config_of(TWO, "ps"),
    "addresses such as": config_of({"worker": ["localhost", "localhost:4001"]}),
    "Received 'a:70000'": config_of({"worker": ["a:70000", "a:1"]}),
    "Received 5": config_of({"worker": [5, "a:1"]}),
    "an address of its own": config_of({"worker": ["a:1", "a:1"]}),
    "one chief at most": config_of({**TWO, "chief": ["a:1", "a:2"]}),
    "from 0 to 1. Received 2": config_of(TWO, index=2),
    "Received '0'": config_of(TWO, index="0"),
    "Received True": config_of(TWO, index=True),
    "that is in the cluster. Received 'chief'": config_of(TWO, "chief"),
}


@pytest.mark.parametrize("said", WRONG)
def test_a_mistake_is_told_in_one_line(said):
    with pytest.raises(ClusterError) as error:
        read_cluster(WRONG[said])
    assert said in str(error.value)
    assert str(error.value).startswith("Expected TF_CONFIG") and "\n" not in str(error.value)


def test_a_batch_that_cannot_be_shared_evenly_is_told_with_one_that_can():
    three = Cluster(("a:1", "a:2", "a:3"), 0)
    with pytest.raises(ClusterError, match=r"3 workers can share evenly. Received 128.*batch_size=129`"):
        three.require_shares(PRESETS["notebook"])
    three.require_shares(PRESETS["notebook"].with_changes({"training.batch_size": 129}))


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_train_refuses_before_it_loads_data_or_tensorflow(taken_port, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    monkeypatch.setattr(train, "load_dataset", lambda _: pytest.fail("data was loaded"))

    def line(environment) -> str:
        monkeypatch.setenv("TF_CONFIG", environment["TF_CONFIG"])
        assert cli.main(["train", "notebook"]) == 2
        captured = capsys.readouterr()
        assert captured.out == "" and captured.err.count("\n") == 1
        return captured.err

    assert "to be JSON" in line({"TF_CONFIG": "worker 1"})
    assert "3 workers can share evenly" in line(config_of({"worker": ["a:1", "a:2", "a:3"]}))
    busy = f"localhost:{taken_port}"
    assert f"Expected a free port for this worker in TF_CONFIG. Received {busy}" in line(
        config_of({"worker": [busy, "a:1"]})
    )


def test_the_two_commands_of_the_help_are_two_workers_of_one_cluster():
    clusters = [read_cluster({"TF_CONFIG": text}) for text in re.findall("TF_CONFIG='(.*)'", train.__doc__)]
    assert [cluster.index for cluster in clusters] == [0, 1]
    assert len({cluster.addresses for cluster in clusters}) == 1
