"""What is done with a URL that holds a password, or another secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from rooms_store.url_secrets import SECRETS, handed_over, without_secrets


@pytest.mark.parametrize(
    "url, shown",
    [
        ("postgresql://ann:s3cret@db:5432/books", "postgresql://ann@db:5432/books"),
        (
            "postgresql+asyncpg://ann:s3cret@db/books?sslmode=require",
            "postgresql://ann@db/books?sslmode=require",
        ),
        ("postgresql://ann:p%40ss@a:1,b:2/books", "postgresql://ann@a:1,b:2/books"),
        ("postgresql://db/books", "postgresql://db/books"),
        ("postgresql://db/books?user=ann&password=s3cret", "postgresql://db/books?user=ann"),
        ("postgresql://db/books?password=s3cret&user=ann", "postgresql://db/books?user=ann"),
        ("postgresql://ann@db/books?sslpassword=k3y", "postgresql://ann@db/books"),
        ("postgresql://ann@db/books?ssl%70assword=k3y&sslkey=a", "postgresql://ann@db/books?sslkey=a"),
        ("postgresql://ann@db/books?sslpassword=k3y#more", "postgresql://ann@db/books"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, shown: str) -> None:
    """Wherever they stand in it, and however their names are written."""
    assert shown == without_secrets(url)


@pytest.mark.parametrize(
    "url, password",
    [
        ("postgresql://ann:p%40ss@db/books", "p@ss"),
        ("postgresql://ann@db/books?password=p%40ss", "p@ss"),
        ("postgresql://db/books", None),
    ],
)
def test_a_password_goes_by_the_environment(
    url: str, password: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file is needed for it."""
    for name in ("PGPASSWORD", "PGSERVICE", "PGSERVICEFILE"):
        monkeypatch.delenv(name, raising=False)
    with handed_over(url) as environment:
        assert password == environment.get("PGPASSWORD")
        assert "PGSERVICEFILE" not in environment


@pytest.mark.parametrize("name", SECRETS[1:])
def test_other_secrets_go_by_a_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else can read it, and it is gone when the program has ended."""
    monkeypatch.delenv("PGSERVICE", raising=False)
    with handed_over(f"postgresql://ann@db/books?{name}=a%20b%3Dc") as environment:
        file = Path(environment["PGSERVICEFILE"])
        assert f"[{environment['PGSERVICE']}]\n{name}=a b=c\n" == file.read_text()
        assert 0o600 == file.stat().st_mode & 0o777
    assert not file.exists()


@pytest.mark.parametrize(
    "query, service",
    [
        ("sslpassword=k3y&service=mine", None),
        ("sslpassword=k3y", "mine"),
        ("sslpassword=k3y%0Ahost=evil", None),
        ("sslpassword=k3y%20", None),
    ],
)
def test_what_the_file_cannot_say_is_refused(
    query: str, service: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another service beside it, a second line, a space at the end; the sentence does not repeat the secret."""
    monkeypatch.delenv("PGSERVICE", raising=False)
    if service is not None:
        monkeypatch.setenv("PGSERVICE", service)
    with (
        pytest.raises(ValueError, match=r"^sslpassword cannot") as refused,
        handed_over(f"postgresql://db/b?{query}"),
    ):
        pass
    assert "k3y" not in str(refused.value)
