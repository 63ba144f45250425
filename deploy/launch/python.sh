# Finds a Python 3.11 or newer and goes on in it; `deploy/try`, `deploy/test` and `deploy/bench` read this file.
# Before that it needs nothing but a shell.

start() {
    root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
    for python in python3.11 python3.12 python3.13 python3.14 python3 python /usr/bin/python3; do
        # A name on the PATH can be a stub that starts nothing, so only an answer counts.
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            cd "$root" || exit 1
            exec "$python" -I -c 'import runpy, sys; sys.path.insert(0, "."); runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)' "$@"
        fi
    done
    echo "Deelwijs needs Python 3.11 or newer, and there is none here. On Debian, run: apt-get install python3 python3-venv" >&2
    exit 1
}
