"""Writes what people read about a voice: the report on its sample, its line in a list, its notices."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias, assert_never

from discord import Guild

from bot.models.common import Pronunciation
from bot.models.samples import Overview, SampleReport
from bot.models.sharing import WHOLE_SERVER, AudienceKind, Share
from bot.models.voices import Voice, VoiceState
from bot.services.common.wording import audience_words, duration, moment, plain, quoted
from bot.services.members.notices import Question, TrainingOutcome
from bot.services.sharing.known_voices import Choice
from bot.services.voices.drafts import CONSENT, Draft
from bot.services.voices.voices import VoiceDetails
from cogs.common.context import server_name

# Finds a server by its id; None if this process does not serve it.
FindServer: TypeAlias = Callable[[int], Guild | None]

MOST_SHARES_SHOWN = 8
MOST_WORDS_SHOWN = 12
LONGEST_TEXT = 1900  # characters; Discord's limit is 2000
STATES = {
    VoiceState.DRAFT: "waits for your consent",
    VoiceState.QUEUED: "waiting for Fish Audio",
    VoiceState.TRAINING: "training",
    VoiceState.TRAINED: "ready",
    VoiceState.FAILED: "failed",
    VoiceState.DELETING: "being deleted",
}


_FOR_NOW = {VoiceState.QUEUED: "already", VoiceState.TRAINING: "already", VoiceState.FAILED: "still"}


def draft_card(draft: Draft) -> str:
    """Write the report on a sample and the sentence to consent to. The buttons go below it."""
    found, voice = draft.found, draft.voice
    tips = [f"- {tip}" for tip in found.tips] or ["- Nothing to improve: this is a good sample."]
    return "\n".join(
        [
            f"**Your {'sample' if voice.replaces is None else 'new sample'} for {quoted(voice.name)}**",
            *_best_parts(found),
            " · ".join(found.verdicts),
            *tips,
            *figures(found),
            "",
            _next_step(voice),
            *([] if voice.replaces is None else [f"-# {quoted(voice.name)} speaks as before until this is trained."]),
            (
                f"-# This waits until {moment(voice.next_attempt_at or voice.created_at)}; then, or when you cancel, "
                "the sample is deleted."
            ),
        ]
    )


def _best_parts(found: Overview) -> Iterator[str]:
    """Say which clips are taken only in part."""
    for number, report in found.reports.items():
        if report.whole_seconds is not None:
            which = "Your recording" if len(found.reports) == 1 else f"Clip {number}"
            whole, seconds = duration(report.whole_seconds), report.seconds
            yield f"{which} is {whole} long: these are its best {seconds:.0f} seconds."


def asked_card(voice: Voice) -> str:
    end = " `/voice delete` takes the question back." if voice.replaces is None else ""
    return (
        f"{plain(voice.speaker_name or '')} gets a direct message with your sample and can answer until "
        f"{moment(voice.next_attempt_at or voice.since)}. Nothing is sent to Fish Audio before they approve; I will "
        f"tell you how it ends.{end}"
    )


def question_card(question: Question, server: Guild | None, *, clips: int) -> str:
    """Write the question to the person who is heard. The recording, in so many clips, goes below it."""
    recording = "this recording. Listen to it first" if clips == 1 else f"these {clips} clips. Listen to all first"
    is_it = "is it you?" if clips == 1 else "is it you in each?"
    owner, where = plain(question.voice.owner_name), server_name(server, "a server where you are")
    return "\n".join(
        [
            (
                f"**{owner} asks for your voice.** In {where}, {owner} (<@{question.voice.owner_id}>) wants to make "
                f"the voice {quoted(question.voice.name)} from {recording}: {is_it}"
            ),
            f"By pressing **Approve** you say: {question.request.wording}",
            (
                f"**Refuse**, or no answer until {moment(question.request.expires_at)}, means no: nothing is sent to "
                f"Fish Audio, the recording is deleted, and {owner} won't learn which."
            ),
            "-# `/privacy cloning` with **Never** keeps all such questions away.",
        ]
    )


def approved_card(voice: Voice) -> str:
    return (
        f"You agreed: {quoted(voice.name)} is your voice now, made by {plain(voice.owner_name)}. `/voice list` shows "
        "it. **Revoke** ends it everywhere, at any time."
    )


def queued_card(voice: Voice) -> str:
    if voice.replaces is not None:
        return (
            f"The new sample of {quoted(voice.name)} is on its way to Fish Audio. Until it is trained, the voice "
            "speaks as before; I will send you a direct message when it has changed, or if this fails."
        )
    return (
        f"{quoted(voice.name)} is on its way to Fish Audio. You can already use it: `/say`. Training usually takes "
        "less than two minutes and makes it better; I will send you a direct message when it is ready or if it fails."
    )


def list_card(
    controlled: list[VoiceDetails], asked: list[Voice], shared: list[Choice], reader_id: int, *, server: Guild | None
) -> str:
    """List the voices that the reader controls, is asked about, or may use here, cut to one message."""
    mine = ["**Your voices**", *(_own_line(details, reader_id, server) for details in controlled)]
    if not controlled:
        mine.append("None yet. `/voice create` makes one from a recording of you speaking.")
    mine += [f"- {plain(voice.owner_name)} asks for {quoted(voice.name)}: see my direct message" for voice in asked]
    theirs: list[str] = []
    if server is not None:
        theirs.append("**Shared with this server by others**")
        theirs += [f"- {quoted(choice.voice.name)} of {plain(choice.voice.heard_name)}" for choice in shared]
        if not shared:
            theirs.append("None. `/voice share` lets everybody here use one of yours.")
    room_for_mine = LONGEST_TEXT - min(len("\n".join(theirs)), LONGEST_TEXT // 2)
    text = _cut(mine, room_for_mine)
    return f"{text}\n{_cut(theirs, LONGEST_TEXT - len(text))}".rstrip()


def pronunciation_card(outcome: str, decided: Sequence[Pronunciation]) -> str:
    """Say what came of a decision about a word, and list all words that the member has decided about."""
    lines = [f"- {quoted(each.word)} as {quoted(each.spoken)}" for each in decided]
    shown = lines[:MOST_WORDS_SHOWN]
    if len(lines) > len(shown):
        shown.append(f"… and {len(lines) - len(shown)} more")
    return "\n".join([outcome, *(["**Your words**", *shown] if shown else [])])


def voice_card(details: VoiceDetails, reader_id: int, *, server: Guild | None, find_server: FindServer) -> str:
    """Describe one voice: everything to those who control it, to others only what everybody here may know."""
    voice = details.voice
    made_by = "" if voice.speaker_id is None else f", made by {plain(voice.owner_name)}"
    lines = [f"**{quoted(voice.name)}** of {plain(voice.heard_name)}{made_by}"]
    if not voice.is_controlled_by(reader_id):
        state = STATES[voice.state] if voice.state is VoiceState.TRAINED else "can't speak at the moment"
        lines.append(f"- {state}, shared with this server")
    else:
        lines += [f"- {line}" for line in (*_details(details), *_users(details, reader_id, server, find_server))]
    lines += [f"- {line}" for line in _defaults(details, server, find_server)]
    return "\n".join(lines)


def ready_card(
    details: VoiceDetails, reader_id: int, *, find_server: FindServer, of_update: bool, has_preview: bool
) -> str:
    """Write the notice that a voice is ready, or speaks with a new sample: who may use it, and when `/say` uses it."""
    voice = details.voice
    whose = "" if voice.owner_id == reader_id else f", your voice, made by {plain(voice.owner_name)},"
    facts = _users(details, reader_id, None, find_server)
    if not details.is_default and details.other_default is not None:
        facts.append(f"`/say` uses {quoted(details.other_default)}, your default, when you name no voice")
    facts += _defaults(details, None, find_server)
    if voice.owner_id != reader_id:
        facts.append("`/voice show` says who uses it, and **Revoke** ends it everywhere")
    if not has_preview:
        facts.append("I have no preview of it")
    if of_update:
        stayed = "Nothing else has changed: not its name, nor who may use it, nor when `/say` does."
        lines = [f"**{quoted(voice.name)}{whose} speaks with its new sample now.** {stayed}"]
    else:
        lines = [f"**{quoted(voice.name)}{whose} is ready.** Say something in it:"]
    return "\n".join([*lines, *(f"-# {fact[0].upper()}{fact[1:]}." for fact in facts)])


def failure_card(outcome: TrainingOutcome) -> str:
    """Write the notice that a voice has failed."""
    voice = outcome.voice
    if outcome.retry_until is not None:
        lines = [
            f"**{quoted(voice.name)} could not be made.** {plain(voice.reason or '')}",
            f"**Retry** tries again with the same sample, until {moment(outcome.retry_until)}.",
            "A sample of 10 to 30 seconds, one speaker, no music and no noise works best.",
        ]
        if voice.speaker_id is None:  # in somebody else's, a sentence may still have to be heard
            lines.insert(2, "Until then you can use it with `/say`, which imitates the sample.")
    else:
        trouble = "does not work any more" if outcome.was_ready else "could not be made"
        lines = [f"**{quoted(voice.name)} {trouble}.** {plain(voice.reason or '')}", _start_anew(voice)]
    return "\n".join(lines)


def _next_step(voice: Voice) -> str:
    """Say what the first button under a report does."""
    if voice.speaker_id is None and voice.replaces is not None:
        return f"By pressing **Use this sample** you say: {CONSENT}"
    if voice.speaker_id is None:
        return (
            f"By pressing **Create my voice** you say: {CONSENT}\n"
            "-# Is it somebody else's voice? Then name them as `speaker` of `/voice create`: they are asked first."
        )
    name = plain(voice.speaker_name or "")
    return (
        f"**Ask for consent** sends {name} a direct message with this sample. Only {name} can agree to the voice, and "
        "nothing is sent to Fish Audio before they do."
    )


def _start_anew(voice: Voice) -> str:
    if voice.speaker_id is not None:
        return "Its sample is not kept any more. Delete the voice, so that you can have another one in its place."
    return "Its sample is not kept any more. Delete the voice, and make a new one with `/voice create`."


def figures(found: Overview) -> list[str]:
    """Write the figures of each clip in small print, for those who know what they mean."""
    if len(found.reports) == 1:
        return [f"-# {_figures(report)}" for report in found.reports.values()]
    return [f"-# Clip {number}: {_figures(report)}" for number, report in found.reports.items()]


def _figures(report: SampleReport) -> str:
    parts = [
        duration(report.seconds),
        f"{report.sample_rate / 1000:g} kHz",
        {1: "mono", 2: "stereo"}.get(report.channels, f"{report.channels} channels"),
        f"loudness {report.loudness:.1f} LUFS",
        f"peak {report.peak:.1f} dBFS",
        f"{report.clipped:.1%} clipped",
        f"{report.silence:.0%} pauses",
    ]
    if round(report.gain, 1):
        parts.append(f"made {abs(report.gain):.1f} dB {'louder' if report.gain > 0 else 'quieter'}")
    return " · ".join(parts)


def _state(details: VoiceDetails) -> str:
    voice = details.voice
    if details.asked_until is not None:
        return f"waits for {plain(voice.heard_name)}'s answer until {moment(details.asked_until)}"
    if voice.state is VoiceState.DRAFT and voice.speaker_id is not None:
        return f"waits for you to ask {plain(voice.heard_name)}"
    return STATES[voice.state]


def _own_line(details: VoiceDetails, reader_id: int, server: Guild | None) -> str:
    voice = details.voice
    facts = [_state(details)]
    if voice.owner_id != reader_id:
        facts.append(f"your voice, made by {plain(voice.owner_name)}")
    elif voice.speaker_id is not None:
        facts.append(f"the voice of {plain(voice.heard_name)}")
    if voice.blocker is not None:
        facts.append("waiting for the bot's host")
    if details.speaks_early:
        facts.append(f"{_FOR_NOW[voice.state]} usable with `/say`")
    if details.is_updating:
        facts.append("a new sample is training")
    if details.is_default:
        facts.append("your default")
    if details.default_in:
        facts.append(f"your default in {_servers(details.default_in, server)}")
    if details.shares:
        facts.append(_shared_in(details.shares, server))
    if details.retry_until is not None:
        facts.append("can be retried")
    line = f"- {quoted(voice.name)}: {', '.join(facts)}"
    if voice.state is VoiceState.FAILED and voice.reason and voice.owner_id == reader_id:
        line += f"\n  {plain(voice.reason)}"
    if details.untold:
        line += "\n  I could not reach you about this: your direct messages are closed, and so is the channel."
    return line


def _details(details: VoiceDetails) -> list[str]:
    voice = details.voice
    lines = [f"{_state(details)} since {moment(voice.since)}, made on {moment(voice.created_at)}"]
    if details.is_updating:
        lines.append("a new sample is training; until then it speaks as before")
    if voice.blocker is not None:
        lines.append("waiting until the bot's host has renewed the Fish Audio key or credit; it goes on by itself")
    if voice.reason:
        lines.append(plain(voice.reason))
    if details.speaks_early:
        lines.append(
            f"{_FOR_NOW[voice.state]} usable with `/say`, which imitates its sample, until "
            f"{moment(voice.imitable_until or 0)} at most"
        )
    if details.retry_until is not None:
        lines.append(f"**Retry** uses the same sample, until {moment(details.retry_until)}")
    elif voice.state is VoiceState.FAILED:
        lines.append(_start_anew(voice))
    return lines


def _users(details: VoiceDetails, reader_id: int, server: Guild | None, find_server: FindServer) -> list[str]:
    """Say who may use a voice, for those who control it."""
    voice = details.voice
    holders = "only you can use it"
    if voice.speaker_id is not None:
        other = voice.heard_name if reader_id == voice.owner_id else voice.owner_name
        holders = f"only you and {plain(other)} can use it"
    if not details.shares:
        return [f"private: {holders}"]
    lines = [f"shared with {_share_line(share, server, find_server)}" for share in details.shares[:MOST_SHARES_SHOWN]]
    more = len(details.shares) - len(lines)
    return [*lines, f"and {more} more; `/voice unshare` in a server ends all of them there"] if more > 0 else lines


def _defaults(details: VoiceDetails, server: Guild | None, find_server: FindServer) -> list[str]:
    """Say where `/say` uses a voice if the reader names none, and which voice it uses instead in this server."""
    lines = ["your default: `/say` uses it when you name no voice"] if details.is_default else []
    servers = [_where(guild_id, server, find_server) for guild_id in sorted(details.default_in)]
    lines += [f"your default in {where}: `/say` uses it there" for where in servers]
    guild_id = server.id if server is not None else details.voice.guild_id
    if guild_id is not None and guild_id in details.other_defaults:
        where, name = _where(guild_id, server, find_server), quoted(details.other_defaults[guild_id])
        lines.append(f"in {where} `/say` uses {name}, your default there")
    return lines


def _where(guild_id: int, server: Guild | None, find_server: FindServer) -> str:
    if server is not None and guild_id == server.id:
        return "this server"
    return server_name(find_server(guild_id), "another server")


def _share_line(share: Share, server: Guild | None, find_server: FindServer) -> str:
    where = _where(share.guild_id, server, find_server)
    match share.audience.kind:
        case AudienceKind.SERVER:
            line = f"everyone in {where}"
        case AudienceKind.ROLE if where != "this server":
            line = f"a role in {where}"  # whose mention has no name outside its server
        case AudienceKind.ROLE | AudienceKind.MEMBER:
            line = f"{audience_words(share.audience)} in {where}"
        case _:
            assert_never(share.audience.kind)
    return line if share.until is None else f"{line} until {moment(share.until)}"


def _shared_in(shares: Sequence[Share], server: Guild | None) -> str:
    here = {share.audience for share in shares if server is not None and share.guild_id == server.id}
    this = "this server" if WHOLE_SERVER in here else "some of this server"
    return f"shared with {_servers({share.guild_id for share in shares}, server, this=this)}"


def _servers(guild_ids: AbstractSet[int], server: Guild | None, *, this: str = "this server") -> str:
    """Say how many servers these are, and whether the present one is among them."""
    places = [this] if server is not None and server.id in guild_ids else []
    others = len(guild_ids) - len(places)
    if others:
        other = "other " if places else ""
        places.append(f"one {other}server" if others == 1 else f"{others} {other}servers")
    return " and ".join(places)


def _cut(lines: list[str], room: int) -> str:
    """Join as many lines as there is room for, and say how many are left out."""
    room -= len("… and 1000 more; `/voice show` finds them by name.")
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*kept, f"… and {len(lines) - len(kept)} more; `/voice show` finds them by name."])
        kept.append(line)
    return "\n".join(kept)
