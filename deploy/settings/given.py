"""What a deployment gives: its environment."""

import os

from deploy.environment import Environment

environment = Environment(os.environ)
