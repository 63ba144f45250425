"""The collectors of the Logboek Dataverwerkingen."""

from datetime import timedelta

from deploy.settings.given import environment

# Empty: nobody collects a Logboek Dataverwerkingen.
LDV_DESTINATIONS_FILE = environment.variables.get("LDV_DESTINATIONS_FILE", "").strip()
LDV_LONGEST_BACKLOG = environment.duration(
    "LDV_LONGEST_BACKLOG",
    "how old what a collector of the Logboek Dataverwerkingen did not take may be before an alarm",
    default=timedelta(minutes=15),
)
