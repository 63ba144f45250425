from tests.cast import cast
from tests.deploy.touring import _demonstration, running

__all__ = ["_demonstration", "cast", "running"]
