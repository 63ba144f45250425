"""The streets of Voorbeeldstad. The postcodes are of the pattern, and the coordinates are those of open water."""

TOWN = "Voorbeeldstad"

# Street, postcode, highest house number.
STREETS = (
    ("Raadhuisplein", "1234 AB", 12),
    ("Lindelaan", "1236 EF", 140),
    ("Kastanjestraat", "1236 EG", 88),
    ("Beukenhof", "1236 EH", 46),
    ("Molenpad", "1235 CA", 64),
    ("Burgwal", "1235 CD", 90),
    ("Visserskade", "1235 CE", 51),
    ("Oude Haven", "1235 CH", 30),
    ("Spoorstraat", "1237 GA", 212),
    ("Stationsweg", "1237 GB", 120),
    ("Industrieweg", "1237 GX", 75),
    ("Zonnebloemstraat", "1238 HA", 96),
    ("Klaprooslaan", "1238 HB", 58),
    ("Korenbloemhof", "1238 HC", 40),
    ("Dr. Schaepmanstraat", "1239 JA", 110),
    ("Aletta Jacobsplein", "1239 JB", 36),
    ("Johanna Westerdijkstraat", "1239 JC", 84),
    ("Koningin Emmalaan", "1239 JD", 66),
)

# The middle of the IJsselmeer: nobody lives at the places that the demonstration shows.
LONGITUDE, LATITUDE = 5.36, 52.76
