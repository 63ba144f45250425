"""What benches share: a durable database, a web server, load, and how the figures are told."""
