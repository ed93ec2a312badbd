"""A bare TLS server that takes every request and counts the personalizations in it: what is left is the sender's time.

    python sink.py PORT FOLDER LATENCY     (FOLDER holds cert.pem and key.pem)

GET /count says how many; anything else is answered with 202 after LATENCY seconds.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

MARK = b'"to":'


class Count:
    """Personalizations so far."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.people = 0

    def add(self, people: int) -> None:
        with self.lock:
            self.people += people


def serve(connection: ssl.SSLSocket, count: Count, latency: float) -> None:
    buffer = bytearray(4 << 20)
    view, filled = memoryview(buffer), 0
    with connection:
        while True:
            while (head := buffer.find(b"\r\n\r\n", 0, filled)) < 0:
                got = connection.recv_into(view[filled:])
                if not got:
                    return
                filled += got
            lines = bytes(view[:head]).lower()
            length = int(lines.partition(b"content-length:")[2].partition(b"\r\n")[0] or b"0")
            end = head + 4 + length
            while filled < end:
                got = connection.recv_into(view[filled:])
                if not got:
                    return
                filled += got
            if lines.startswith(b"get /count"):
                answer = str(count.people).encode()
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))
            else:
                count.add(buffer.count(MARK, head, end))
                if latency:
                    time.sleep(latency)
                connection.sendall(b"HTTP/1.1 202 Accepted\r\nX-Message-Id: a\r\nContent-Length: 0\r\n\r\n")
            buffer[: filled - end] = buffer[end:filled]
            filled -= end


def serve_until_closed(raw: socket.socket, context: ssl.SSLContext, count: Count, latency: float) -> None:
    try:
        serve(context.wrap_socket(raw, server_side=True), count, latency)
    except OSError:
        raw.close()


def write_certificate(folder: Path) -> None:
    """Write a self-signed certificate for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*form))


class Sink:
    """The client of the sink's process, for benches."""

    def __init__(self, port: int, certificate: Path) -> None:
        self.url = f"https://localhost:{port}"
        self._context = ssl.create_default_context(cafile=certificate)

    def count(self) -> int:
        with urllib.request.urlopen(f"{self.url}/count", context=self._context, timeout=10) as answer:
            return int(answer.read())


@contextmanager
def run_sink(folder: Path, latency: float = 0.0) -> Iterator[Sink]:
    """Run a new sink; SSL_CERT_FILE makes child processes trust its certificate."""
    if not (folder / "cert.pem").exists():
        write_certificate(folder)
    os.environ["SSL_CERT_FILE"] = str(folder / "cert.pem")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    process = subprocess.Popen([sys.executable, __file__, str(port), str(folder), str(latency)])
    sink = Sink(port, folder / "cert.pem")
    try:
        for _ in range(200):
            try:
                sink.count()
                break
            except OSError:
                time.sleep(0.02)
        yield sink
    finally:
        process.kill()
        process.wait()


def main() -> None:
    port, folder, latency = int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    count = Count()
    with socket.create_server(("127.0.0.1", port), backlog=128) as listening:
        while True:
            raw, _ = listening.accept()
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve_until_closed, args=(raw, context, count, latency), daemon=True).start()


if __name__ == "__main__":
    main()
