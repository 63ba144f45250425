from tests.cast import cast
from tests.deploy.touring import running

__all__ = ["cast", "running"]
