"""What happened, provably: entries, their readable records, and a transparency log over them."""
