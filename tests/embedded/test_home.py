"""Where run data lies, decided from the path, the account and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.embedded import home, processes, shop


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HANDRAIL_HOME", str(tmp_path / "data"))
    for name in ("DATABASE_URL", "SHOP_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_run_data_lies_in_the_checkout_unless_the_environment_names_a_folder(
    at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert home.run_data() == at / "data"
    monkeypatch.delenv("HANDRAIL_HOME")
    assert home.run_data() == home.CHECKOUT / "var"


def test_an_ordinary_user_keeps_everything_there(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert home.services() == at / "data"


def test_a_folder_that_the_servers_cannot_enter_is_not_walkable(tmp_path: Path) -> None:
    stranger = home.Account(uid=54321, gid=54321, differs=True)
    for folder in (tmp_path, *tmp_path.parents):
        if home._may_enter(folder, stranger):
            continue
        assert not home._walkable(tmp_path / "missing", stranger)
        break
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o711)  # whatever the umask
    (tmp_path / "closed").mkdir(mode=0o700)
    assert home._may_enter(tmp_path / "open", stranger)
    assert not home._may_enter(tmp_path / "closed", stranger)
    assert home._may_enter(tmp_path / "closed", home.ourselves())


def test_a_path_too_long_for_a_socket_gets_a_short_one_always_the_same(
    at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("HANDRAIL_HOME", "/srv/handrail")
    assert home.sockets() == Path("/srv/handrail/sockets")
    monkeypatch.setenv("HANDRAIL_HOME", f"/srv/{'deep' * 30}")
    assert home.sockets().parent == home.SHORT
    assert home.sockets() == home.sockets()
    assert len(str(home.shop_socket())) < 108


def test_a_secret_is_made_once_and_only_its_owner_reads_it(at: Path) -> None:
    first = home.secret_key()
    assert first == home.secret_key()
    assert len(first) >= 50
    assert first != home.shop_key()
    assert (at / "data" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in (at / "data").iterdir()) == ["secret_key", "shop_key"]


def test_a_shop_on_another_database_has_another_socket_and_its_own_database(
    at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = home.shop_socket()
    assert shop.database_url() == f"postgresql://app@/demo_shop?host={home.sockets()}"
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:x@db.example:5432/support?sslmode=require")
    assert home.shop_socket() != ours
    assert shop.database_url() == "postgresql://app:x@db.example:5432/support_shop?sslmode=require"


@pytest.mark.parametrize(
    ("given", "same"),
    [
        (["/x/postgres", "-D", "/home/data", "-c", "jit=off"], True),
        (["/x/postgres", "-D", "/home/data2"], False),
        (["/x/postgres", "-c", "-D=/home/data"], False),
        (["tail", "/home/data"], False),
        ([], False),
    ],
)
def test_a_process_is_ours_when_the_flag_and_its_value_stand_together(given: list[str], same: bool) -> None:
    assert processes.has_pair(given, "-D", "/home/data") is same
