"""Makes .venv with uv in it, out of nothing but a Python.

Debian's python3 comes without ensurepip unless python3-venv is installed; pip is then fetched from
the package index as a wheel, which can run itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

VENV = Path(".venv")
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs under whatever python3 there is
        sys.exit("newsletter needs Python 3.11 or later, this is " + sys.version.split()[0])
    if not PYTHON.exists():
        venv.EnvBuilder(with_pip=False).create(VENV)
    if subprocess.run([PYTHON, "-m", "uv", "--version"], capture_output=True, check=False).returncode != 0:
        install_uv()


def install_uv() -> None:
    if subprocess.run([PYTHON, "-m", "ensurepip"], capture_output=True, check=False).returncode == 0:
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "uv"], check=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        wheel = fetch_pip(Path(folder))
        subprocess.run([PYTHON, wheel / "pip", "install", "--quiet", "uv"], check=True)


def fetch_pip(folder: Path) -> Path:
    page = urllib.request.Request(f"{INDEX}/pip/", headers={"Accept": SIMPLE_JSON})  # noqa: S310 - https, or what the user set
    with urllib.request.urlopen(page) as answer:  # noqa: S310 - https, or what the user set
        files = json.load(answer)["files"]
    newest = [file for file in files if file["filename"].endswith("-py3-none-any.whl")][-1]
    with urllib.request.urlopen(newest["url"]) as answer:  # noqa: S310 - from the index that the user trusts, and its hash is checked
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != newest["hashes"]["sha256"]:
        sys.exit("pip's wheel is not what the index says it is")
    path = folder / newest["filename"]
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    main()
