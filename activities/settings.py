"""What the activities need to know beside the store; the worker hands it in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ActivitySettings:
    """Settings of the activities.

    Attributes:
        mail_folder: where delivered mails are written as `.eml` files, each of mode 0600.
        sender: the address that mails come from.
        public_url: where people find the application; mails link to their case under it.
    """

    mail_folder: Path
    sender: str
    public_url: str
