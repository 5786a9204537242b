"""Settings: their defaults, what they refuse, and that each explains itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from analytics.datasets import workspace
from analytics.errors import RequestError
from dashboard.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("CLIENTELE_"):
            monkeypatch.delenv(name)


def test_an_empty_environment_gives_the_defaults() -> None:
    """Nothing needs to be set."""
    settings = read_settings()
    assert (settings.address, settings.workers, settings.threads) == ("http://127.0.0.1:8050", 2, 4)
    assert settings.home == workspace()
    assert settings.most_jobs == os.cpu_count()


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each setting is a variable with the prefix, and an empty one is none."""
    monkeypatch.setenv("CLIENTELE_PORT", "9000")
    monkeypatch.setenv("CLIENTELE_HOME", str(tmp_path))
    monkeypatch.setenv("CLIENTELE_THREADS", "")
    settings = read_settings()
    assert (settings.port, settings.home, settings.threads) == (9000, tmp_path, 4)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_this_computer_may_be_listened_on(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Every loopback address will do."""
    monkeypatch.setenv("CLIENTELE_HOST", host)
    assert read_settings().host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org", "8.8.8.8", "localhost.example.org"])
def test_the_network_may_not(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Anything that others could reach is refused in one sentence that says why and what to do."""
    monkeypatch.setenv("CLIENTELE_HOST", host)
    with pytest.raises(RequestError, match=r"no login yet.*127\.0\.0\.1") as caught:
        read_settings()
    assert "\n" not in str(caught.value)
    assert repr(host) in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CLIENTELE_PORT", "eight"),
        ("CLIENTELE_PORT", "99999"),
        ("CLIENTELE_WORKERS", "0"),
        ("CLIENTELE_LOG_LEVEL", "loud"),
        ("CLIENTELE_JOB_DEADLINE_SECONDS", "-1"),
        ("CLIENTELE_UPLOAD_LIMIT_MB", "lots"),
        ("CLIENTELE_MOST_JOBS", "1.5"),
    ],
)
def test_a_bad_value_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """The sentence has the variable and its value."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(RequestError) as caught:
        read_settings()
    assert variable in str(caught.value)
    assert f"'{value}'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_settings_never_change() -> None:
    """They are read once, and nothing sets them afterwards."""
    with pytest.raises(ValidationError):
        Settings().port = 1


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is_for(name: str) -> None:
    """Each has one sentence, from which the documentation is checked."""
    description = Settings.model_fields[name].description
    assert description
    assert description.endswith(".")
