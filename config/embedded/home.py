"""Where run data lives; replaced by the full version in config/embedded."""

from pathlib import Path


def postgres_socket() -> Path:
    return Path("/var/tmp/hr-devpg/s")


def valkey_socket() -> Path:
    return Path("/var/tmp/hr-devpg/valkey.sock")


def secret_key() -> str:
    return "dev"
