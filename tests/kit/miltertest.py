"""Debian's miltertest: a mail server's side of the protocol, as a Lua script."""

import subprocess


def run_script(folder, script, socket):
    """Runs `script`, in which SOCKET is where the filter listens, in
    miltertest's spelling; an error of the script fails the test."""
    path = folder / "script.lua"
    path.write_text(f'SOCKET = "{socket}"\n' + script)
    done = subprocess.run(
        ["miltertest", "-s", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
