"""The times in `docs/privacy.md` are those that the services keep."""

from pathlib import Path

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.services import (
    allowances,
    consent_requests,
    departed_servers,
    drafts,
    notices,
    server_log,
    spoken_consent,
    utterances,
    voices,
)
from bot.storage import samples

POLICY = (Path(__file__).parents[2] / "docs/privacy.md").read_text()


@pytest.mark.parametrize(
    ("row", "time"),
    [
        ("a recording that you upload", f"{drafts.DRAFT_KEPT // MINUTE} minutes if"),
        ("a recording that you upload", f"{samples.SAMPLE_KEPT // HOUR} hours at the latest"),
        ("a question to somebody", f"{consent_requests.ANSWERED_WITHIN // DAY} days"),
        ("a sentence to be read aloud", f"{spoken_consent.VALID // MINUTE} minutes"),
        ("the name of a voice that is gone", f"{voices.DEPARTURES_KEPT // DAY} days"),
        ("who had something spoken", f"{utterances.KEPT // DAY} days"),
        ("how many characters", f"{allowances.KEPT_DAYS} days"),
        ("what you are still to be told", f"{notices.GIVEN_UP_AFTER // DAY} days"),
        ("a server's rules", f"{departed_servers.KEPT // DAY} days"),
        ("what is still to be posted", {1: "one day"}[server_log.KEPT // DAY]),
    ],
)
def test_a_time_in_the_policy_is_the_one_that_is_kept(row: str, time: str) -> None:
    [line] = [line for line in POLICY.splitlines() if line.startswith(f"| {row}")]
    assert time in line
