"""python -m config.web --fd N: uvicorn on a socket that the demo's supervisor bound.

The supervisor keeps the socket, so that while the web process is started again nobody is refused and nobody else takes
the port.
"""

from __future__ import annotations

import argparse
import socket

import uvicorn

LARGEST_FRAME = 64 * 1024
CLOSING_SECONDS = 1  # browsers reconnect; nothing is lost with their sockets


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m config.web", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="the listening socket's number")
    listening = socket.socket(fileno=parser.parse_args().fd)
    config = uvicorn.Config(
        "config.asgi:application",
        lifespan="off",
        log_level="warning",  # at "info" each socket's caller and address are written
        access_log=False,  # addresses hold what operators search for
        server_header=False,
        proxy_headers=False,  # HANDRAIL_PROXIES says whose are believed: config/proxies.py
        ws_max_size=LARGEST_FRAME,
        ws_per_message_deflate=False,  # frames are short; each page would cost a compressor's memory
        timeout_graceful_shutdown=CLOSING_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
