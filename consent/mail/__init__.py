"""E-mail to citizens: its texts, its addresses, and the sending of it."""
