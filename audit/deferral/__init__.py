"""Deferred disclosure: lines of the log that their citizen sees later, by law, by two people, and until a date.

The entry itself says in its text until when it is kept back, so that nothing can be hidden afterwards and no date
moves: who wanted to would have to change what was committed to. Auditors see such entries at once.
"""
