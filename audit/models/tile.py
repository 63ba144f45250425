from django.db import models

from audit.models.length import has_bytes
from audit.tree.tiles import FULL_TILE_BYTES


class Tile(models.Model):
    """256 consecutive hashes of one level of the tree (C2SP tlog-tiles), full ones only.

    `root` is the hash over the whole tile: the one hash that it contributes to the level above. Keeping it here
    makes a partial tile above a read of up to 255 short rows, where it would be 255 tiles to hash again.
    """

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    class Meta:
        constraints = [
            # A partial tile grows, and nothing in this table may.
            has_bytes("hashes", FULL_TILE_BYTES, name="tile_is_full"),
            has_bytes("root", 32, name="tile_root_is_sha256"),
        ]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"
