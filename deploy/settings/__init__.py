"""Deelwijs' settings: what may differ between two deployments is read from the environment, the rest stands here.

Each module holds one subject. `deploy/README.md` lists every variable. `deploy/try` and `deploy/test` set them all
themselves. Mistakes that a single value cannot show, such as SQLite in production, are found by `deploy/checks.py`.
"""

from deploy.settings.api import *
from deploy.settings.browsers import *
from deploy.settings.database import *
from deploy.settings.files import *
from deploy.settings.keys import *
from deploy.settings.log import *
from deploy.settings.logboek import *
from deploy.settings.logs import *
from deploy.settings.look import *
from deploy.settings.mails import *
from deploy.settings.monitor import *
from deploy.settings.parts import *
from deploy.settings.schedule import *
from deploy.settings.service import *
from deploy.settings.signing_in import *
from deploy.settings.tasks import *
from deploy.settings.witnesses import *
