"""How long the log keeps its records, where a deployment wants it otherwise than the program does."""

from audit.retention.classes import CLASSES
from audit.retention.periods import read_months
from deploy.environment import Environment, SettingError


def periods(environment: Environment) -> dict[str, int]:
    """Read LOG_RETENTION, such as `access=7y,security=6m`, into months by class; raise SettingError.

    What the law requires to be kept is never kept shorter than the program says, and what stays for ever has no period.
    """
    given = environment.texts("LOG_RETENTION", "classes of entries, each with its period", default=())
    found: dict[str, int] = {}
    for pair in given:
        name, _equals, text = (part.strip() for part in pair.partition("="))
        one = CLASSES.get(name)
        if one is None or one.months is None or name in found:
            choices = ", ".join(sorted(each.name for each in CLASSES.values() if each.months is not None))
            raise SettingError(f"Set LOG_RETENTION to a period for each of these at most once: {choices}.")
        try:
            months = read_months(text)
        except ValueError:
            raise SettingError("Set the periods of LOG_RETENTION to months or years, such as 18m or 5y.") from None
        if one.required and months < one.months:
            raise SettingError(f"Set {name} in LOG_RETENTION to {one.months}m or longer: the law requires that.")
        found[name] = months
    return found
