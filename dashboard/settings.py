"""What the person who starts Clientele may choose: every setting with its default and one sentence, read once."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from analytics.datasets import workspace
from analytics.errors import RequestError
from analytics.text import say

PREFIX = "CLIENTELE_"


class Settings(BaseSettings):
    """One frozen value per started server. `CLIENTELE_PORT=9000` in the environment sets `port`, and so on."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True, populate_by_name=True
    )

    host: str = Field(
        default="127.0.0.1", description="The address to listen on; only this computer's own, as there is no login."
    )
    port: int = Field(default=8050, ge=1, le=65535, description="The port to listen on.")
    home: Path = Field(
        default_factory=workspace, description="The workspace folder, where datasets and results are kept."
    )
    workers: int = Field(
        default=2, ge=1, le=64, description="Server processes, each with its own copy of the customers it shows."
    )
    threads: int = Field(
        default=4, ge=1, le=64, description="Requests that one server process answers at the same time."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important kind of message that is logged; debug adds a line per request."
    )
    job_deadline_seconds: float = Field(
        default=1800, gt=0, le=86_400, description="How long background work may take before it is stopped."
    )
    upload_limit_mb: int = Field(
        default=200, ge=1, le=4096, description="The largest file that may be uploaded, in megabytes."
    )
    most_jobs: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        le=256,
        description="Background jobs that run at the same time; the others wait in line. The number of cores unless set.",
    )

    @field_validator("host")
    @classmethod
    def _only_this_computer(cls, host: str) -> str:
        if host == "localhost":
            return host
        try:
            loopback = ipaddress.ip_address(host).is_loopback
        except ValueError:
            loopback = False
        if not loopback:
            raise ValueError(
                say(
                    "Clientele has no login yet, so it listens on this computer only: "
                    "set the host to 127.0.0.1, ::1 or localhost, not to '{host}'.",
                    host=host,
                )
            )
        return host

    @field_validator("home")
    @classmethod
    def _in_full(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def read_settings() -> Settings:
    """The settings of this environment.

    Raises:
        RequestError: one of them cannot be; the message is one sentence that names it.
    """
    try:
        return Settings()
    except ValidationError as problem:
        raise RequestError(_sentence(problem)) from problem


def _sentence(problem: ValidationError) -> str:
    first = problem.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    variable = name if name.isupper() else PREFIX + name.upper()
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    reason = first["msg"][:1].lower() + first["msg"][1:]
    return say(
        "The setting {variable} cannot be '{value}': {reason}.", variable=variable, value=first["input"], reason=reason
    )
