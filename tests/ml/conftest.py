"""Each world is learned from once; what is asked of it are many questions."""

from dataclasses import replace

import pytest

from revenue.ml.frames import Frame
from revenue.ml.pipeline import train_classifier
from revenue.ml.settings import Settings
from revenue.ml.trained import Trained
from tests.ml.worlds import world

SETTINGS = Settings("deal_risk", stratum="stage", most_trees=60, stop_after=10, bootstraps=200)


@pytest.fixture(scope="session")
def settings() -> Settings:
    return SETTINGS


@pytest.fixture(scope="session")
def linear_world() -> Frame:
    return world(deals=900, signal="linear", seed=3)


@pytest.fixture(scope="session")
def curved_world() -> Frame:
    return world(deals=600, signal="curved", seed=1)


@pytest.fixture(scope="session")
def linear_trained(linear_world: Frame, settings: Settings) -> Trained:
    return train_classifier(linear_world, settings)


@pytest.fixture(scope="session")
def curved_trained(curved_world: Frame, settings: Settings) -> Trained:
    return train_classifier(curved_world, settings)


@pytest.fixture(scope="session")
def blended(curved_world: Frame, settings: Settings) -> Trained:
    return train_classifier(curved_world, replace(settings, candidates=("blend",)))


@pytest.fixture(scope="session")
def empty_trained(settings: Settings) -> Trained:
    return train_classifier(world(deals=700, signal="none", seed=5), settings)
