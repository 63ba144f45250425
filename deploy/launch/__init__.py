"""What `deploy/try`, `deploy/test` and `deploy/bench` do, from a Python without any package on.

Nothing here imports a package that is not in the standard library: the first of these programs installs them.
"""
