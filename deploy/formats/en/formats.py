"""How English pages write dates: as people in the Netherlands do, where Django's own English is American."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y H:i"
