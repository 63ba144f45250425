"""What stands in a bundle for people: how to check it, and what that shows, in both languages."""

from datetime import UTC, datetime

_TEXTS = {
    "nl": """Bewijs uit het logboek {origin}
Gemaakt op {made} (UTC).

Wat dit is

In dit ZIP-bestand staan regels uit het logboek van Deelwijs. Bij elke regel staat een bewijs dat de regel in het
logboek staat, en dat niemand de regel daarna heeft veranderd. U hoeft ons daarvoor niet te vertrouwen: u rekent het
zelf na.

Zo controleert u het

1. Zorg dat op uw computer Python 3.11 of nieuwer staat. Meer is niet nodig, ook geen internet.
2. Haal het programma standalone_verifier.py uit dit ZIP-bestand. Nog beter: neem het uit de broncode van Deelwijs.
   Dan hebt u het niet van ons.
3. Zorg dat u de sleutel van het logboek hebt van een plek die u vertrouwt, bijvoorbeeld omdat u die eerder bewaarde. De
   dienst publiceert de sleutel op /audit/log/key. In keys/log staat hij ook, maar die komt uit dit bestand zelf.
4. Voer uit:

       python3 -I standalone_verifier.py bundle BESTAND.zip --key SLEUTEL-OF-BESTAND

   Met --evidence-key controleert u ook wie dit bestand heeft verzegeld. Die sleutel staat op /audit/log/evidence-key.

Wat de uitkomst betekent

HOLDS: er is niets veranderd aan dit bestand, en alle regels staan in het logboek dat is ondertekend.
DOES NOT HOLD: er klopt iets niet. Erachter staat wat.
CANNOT CHECK: er ontbreekt iets, dus er is niets bewezen en niets weerlegd.

Wat het niet laat zien: dat dit alle regels zijn. In search.json staat waarnaar is gezocht. Namen van medewerkers staan
er niet in; die worden alleen volgens regels bekendgemaakt. De regels gaan wel over mensen: bewaar dit bestand veilig.
""",
    "en": """Evidence from the log {origin}
Made at {made} (UTC).

What this is

This ZIP file holds entries from the log of Deelwijs. With each entry comes a proof that it stands in the log, and that
nobody changed it afterwards. You need not trust us for that: you calculate it yourself.

How to check it

1. See that your computer has Python 3.11 or newer. Nothing else is needed, and no internet.
2. Take the program standalone_verifier.py out of this ZIP file. Better still: take it from the source code of Deelwijs.
   Then you do not have it from us.
3. See that you have the key of the log from a place that you trust, for example because you kept it earlier. The
   service publishes the key at /audit/log/key. It stands in keys/log too, but that one comes out of this very file.
4. Run:

       python3 -I standalone_verifier.py bundle FILE.zip --key KEY-OR-FILE

   With --evidence-key you also check who sealed this file. That key stands at /audit/log/evidence-key.

What the outcome means

HOLDS: nothing was changed in this file, and all entries stand in the log that was signed.
DOES NOT HOLD: something is wrong. What it is stands behind it.
CANNOT CHECK: something is missing, so nothing is proven and nothing is disproven.

What it does not show: that these are all entries. What was searched for stands in search.json. Names of members of
staff are not in it; those are disclosed by rule only. The entries are about people all the same: keep this file safe.
""",
}


def readme(language: str, *, origin: str, made: datetime) -> str:
    return _TEXTS[language].format(origin=origin, made=f"{made.astimezone(UTC):%Y-%m-%d %H:%M}")
