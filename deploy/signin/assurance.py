"""Levels of assurance: how sure a provider is of who someone is (eIDAS, Regulation 910/2014 article 8)."""

PREFIX = "http://eidas.europa.eu/LoA/"
LEVELS = ("low", "substantial", "high")
SUBSTANTIAL = f"{PREFIX}substantial"


def meets(*, given: object, asked: str) -> bool:
    """Tell whether the `acr` of an answer is the one asked for, or a higher level of eIDAS.

    Anything else, a missing one included, does not.
    """
    if given == asked:
        return True
    ranks = {f"{PREFIX}{level}": rank for rank, level in enumerate(LEVELS)}
    return isinstance(given, str) and given in ranks and asked in ranks and ranks[given] > ranks[asked]
