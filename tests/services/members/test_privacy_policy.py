"""The times in `docs/privacy.md` are those that the services keep."""

from pathlib import Path

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.services.consent import consent_requests, spoken_consent
from bot.services.members import notices
from bot.services.provenance import tracing
from bot.services.servers import left_servers, server_log
from bot.services.speech import allowances
from bot.services.speech.delivery import takes
from bot.services.speech.synthesis import sound_cache
from bot.services.voices import drafts, voices
from bot.storage.common import samples

POLICY = (Path(__file__).parents[3] / "docs/privacy.md").read_text()


@pytest.mark.parametrize(
    ("row", "time"),
    [
        ("a recording that you upload", f"{drafts.DRAFT_KEPT // MINUTE} minutes if"),
        ("a recording that you upload", f"{samples.SAMPLE_KEPT // HOUR} hours at the latest"),
        ("a question to somebody", f"{consent_requests.ANSWERED_WITHIN // DAY} days"),
        ("a sentence to be read aloud", f"{spoken_consent.VALID // MINUTE} minutes"),
        ("the name of a voice that is gone", f"{voices.RETIRED_NAMES_KEPT // DAY} days"),
        ("who had something spoken", f"{tracing.RECORDS_KEPT // DAY} days"),
        ("a sound that you asked to hear first", f"{takes.KEPT // MINUTE} minutes"),
        ("in memory only", f"{sound_cache.KEPT // HOUR} hour"),
        ("how many characters", f"{allowances.KEPT_DAYS} days"),
        ("what you are still to be told", f"{notices.GIVEN_UP_AFTER // DAY} days"),
        ("a server's rules", f"{left_servers.KEPT // DAY} days"),
        ("what is still to be posted", {1: "one day"}[server_log.KEPT // DAY]),
    ],
)
def test_a_time_in_the_policy_is_the_one_that_is_kept(row: str, time: str) -> None:
    [line] = [line for line in POLICY.splitlines() if line.startswith(f"| {row}")]
    assert time in line
