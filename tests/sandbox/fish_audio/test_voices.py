"""The rules of `/model`, each shown by a request that breaks it, and who may see which voice."""

from typing import Any

import httpx
import ormsgpack
import pytest

from sandbox.fish_audio import FishAudio
from sandbox.speech import sample_wav
from tests.sandbox.fish_audio.clients import create, raw

SAMPLE = ("voices", ("grandpa.wav", sample_wav(seconds=3), "audio/wav"))
FORM = {"type": "tts", "train_mode": "fast", "visibility": "private", "title": "Grandpa"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


@pytest.mark.parametrize(
    ("changes", "field", "kind"),
    [
        ({"type": None}, "type", "missing"),
        ({"type": "svc"}, "type", "enum"),
        ({"train_mode": "full"}, "train_mode", "enum"),
        ({"title": None}, "title", "missing"),
        ({"visibility": "secret"}, "visibility", "enum"),
        ({"enhance_audio_quality": "perhaps"}, "enhance_audio_quality", "bool_type"),
        ({"texts": ["hello"] * 21}, "texts", "value_error"),
    ],
)
async def test_a_wrong_field_is_named_in_an_array(changes: dict[str, Any], field: str, kind: str) -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        refused = await create(client, **changes)
        assert refused.status_code == 422
        assert [(problem["loc"], problem["type"]) for problem in refused.json()] == [([field], kind)]
        assert fish.voices == []


async def test_one_to_twenty_files_are_taken_and_nothing_else() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        none = await client.post("/model", data=FORM)
        many = await client.post("/model", data=FORM, files=[SAMPLE] * 21)
        text = await client.post("/model", data=FORM | {"voices": "la la la"})
        assert [answer.status_code for answer in (none, many, text)] == [422, 422, 422]
        assert [answer.json()[0]["loc"] for answer in (none, many, text)] == [["voices"]] * 3
        assert (await client.post("/model", data=FORM, files=[SAMPLE] * 20)).status_code == 201


@pytest.mark.parametrize("data", [b"", b"not a sound", SAMPLE[1][1][:40]])
async def test_what_cannot_be_decoded_is_refused(data: bytes) -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        refused = await client.post("/model", data=FORM, files=[("voices", ("a.wav", data))])
        assert (refused.status_code, refused.json()["status"]) == (400, 400)
        assert fish.voices == []


async def test_33_megabytes_are_too_many() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        large = ("voices", ("a.wav", bytes(33 * 1024 * 1024), "audio/wav"))
        refused = await client.post("/model", data=FORM, files=[large])
        assert (refused.status_code, refused.json()["status"]) == (413, 413)


async def test_270_seconds_of_samples_are_too_many() -> None:
    minute = ("voices", ("minute.wav", sample_wav(seconds=67.5, sample_rate=8_000), "audio/wav"))
    async with FishAudio.open() as fish, raw(fish) as client:
        refused = await client.post("/model", data=FORM, files=[minute] * 4)
        assert (refused.status_code, "270" in refused.json()["message"]) == (400, True)
        assert (await client.post("/model", data=FORM, files=[minute] * 3)).status_code == 201


async def test_a_voice_has_the_pitch_of_all_its_files() -> None:
    low, high = (("voices", (f"{pitch}.wav", sample_wav(seconds=3, pitch=pitch), "audio/wav")) for pitch in (90, 210))
    async with FishAudio.open() as fish, raw(fish) as client:
        assert (await client.post("/model", data=FORM | {"texts": ["a", "b"]}, files=[low, high])).status_code == 201
        assert fish.voice("Grandpa").pitch == pytest.approx(150, rel=0.1)
        spoilt = ("voices", ("a.wav", b"not a sound"))
        refused = await client.post("/model", data=FORM, files=[low, spoilt])
        assert (refused.status_code, "'a.wav'" in refused.json()["message"]) == (400, True)


async def test_a_public_voice_needs_a_picture() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        assert (await create(client, visibility="public")).status_code == 400
        assert (await create(client, visibility=None)).status_code == 400, "public is the default"
        form = FORM | {"visibility": "public"}
        no_picture = ("cover_image", ("a.png", b"GIF89a", "image/png"))
        picture = ("cover_image", ("a.png", PNG, "image/png"))
        assert (await client.post("/model", data=form, files=[SAMPLE, no_picture])).status_code == 422
        assert (await client.post("/model", data=form, files=[SAMPLE, picture])).status_code == 201
        assert fish.voice("Grandpa").cover_image == PNG


async def test_texts_belong_to_files_one_by_one() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        assert (await create(client, texts=["one", "two"])).status_code == 400
        assert (await create(client, texts=["one"])).status_code == 201
        assert fish.voice("Grandpa").texts == ["one"]


async def test_msgpack_carries_files_and_json_cannot() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        packed = ormsgpack.packb(FORM | {"voices": [SAMPLE[1][1]], "tags": ["a", "b"]})
        headers = {"Content-Type": "application/msgpack"}
        assert (await client.post("/model", content=packed, headers=headers)).status_code == 201
        assert fish.voice("Grandpa").tags == ["a", "b"]
        assert (await client.post("/model", json=FORM | {"voices": ["la"]})).status_code == 422


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/msgpack", b"\xc1"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"no part"),
        ("application/x-www-form-urlencoded", b"type=tts"),
        ("text/plain", b"hello"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(content_type: str, content: bytes) -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        refused = await client.post("/model", content=content, headers={"Content-Type": content_type})
        assert refused.status_code in (400, 422)
        assert fish.surprises == []


async def test_fields_that_nobody_reads_are_a_surprise() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        await create(client, tag="misspelt")
        await client.get("/model", params={"tags": "misspelt"})
        assert fish.surprises == [
            "POST /model: unknown field 'tag'",
            "GET /model: unknown field 'tags'",
        ]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"page_size": "101"}, "page_size"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "ten"}, "page_size"),
        ({"page_number": "0"}, "page_number"),
        ({"self": "me"}, "self"),
        ({"sort_by": "title"}, "sort_by"),
    ],
)
async def test_a_wrong_query_is_refused_with_an_array(query: dict[str, str], field: str) -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        refused = await client.get("/model", params=query)
        assert (refused.status_code, refused.json()[0]["loc"]) == (422, [field])


async def test_a_list_is_narrowed_sorted_and_paged() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        for number in range(5):
            fish.adds_voice(f"Voice {number}", tags=[f"tag-{number % 2}", "all"])

        async def titles(**query: object) -> list[str]:
            params = httpx.QueryParams(query | {"self": True})  # pyrefly: ignore[bad-argument-type]  # lists are fine
            answer = (await client.get("/model", params=params)).json()
            return [item["title"][-1] for item in answer["items"]]

        assert await titles(sort_by="created_at") == ["4", "3", "2", "1", "0"]
        assert await titles(sort_by="created_at", page_size=2, page_number=2) == ["2", "1"]
        assert await titles(title="voice 3") == ["3"]
        assert await titles(tag="tag-1") == ["3", "1"]
        assert await titles(tag=["tag-1", "all"]) == ["3", "1"]
        assert await titles(language="zh") == []
        page = (await client.get("/model", params={"self": "true", "page_size": "2"})).json()
        assert (page["total"], page["has_more"]) == (5, True)


async def test_a_fresh_voice_may_be_missing_from_lists() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        fish.lists_lag(reads=2)
        voice_id = (await create(client)).json()["_id"]
        totals = [(await client.get("/model?self=true")).json()["total"] for _ in range(3)]
        assert totals == [0, 0, 1]
        assert (await client.get(f"/model/{voice_id}")).status_code == 200


async def test_private_voices_of_others_are_hidden_and_untouchable() -> None:
    async with FishAudio.open() as fish, raw(fish) as client, raw(fish, key="") as stranger:
        private = fish.adds_voice("Theirs", mine=False)
        public = fish.adds_voice("Everybody's", mine=False, visibility="public")
        own = fish.adds_voice("Ours")
        assert (await client.get(f"/model/{private.id}")).status_code == 403
        assert (await client.get(f"/model/{public.id}")).status_code == 200
        assert (await client.delete(f"/model/{public.id}")).status_code == 403
        assert (await client.patch(f"/model/{public.id}", data={"title": "x"})).status_code == 403
        assert [item["title"] for item in (await client.get("/model")).json()["items"]] == ["Everybody's"]
        assert (await stranger.get(f"/model/{public.id}")).status_code == 200
        assert (await stranger.get(f"/model/{own.id}")).status_code == 403
        assert (await stranger.get("/model?self=true")).status_code == 401
        assert (await stranger.delete(f"/model/{own.id}")).status_code == 401


async def test_an_unknown_voice_is_not_found() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        for answer in (
            await client.get("/model/none"),
            await client.patch("/model/none", data={"title": "x"}),
            await client.delete("/model/none"),
        ):
            assert answer.status_code == 404
            assert set(answer.json()) == {"status", "message", "reason"}
        assert fish.surprises == []


async def test_an_edit_changes_what_it_names() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        voice = fish.adds_voice("Grandpa", tags=["old"])
        await client.patch(f"/model/{voice.id}", json={"title": "Granny", "tags": [], "visibility": None})
        assert (voice.title, voice.tags, voice.visibility) == ("Granny", [], "private")
        assert (await client.patch(f"/model/{voice.id}", data={"visibility": "public"})).status_code == 400
        assert (await client.patch(f"/model/{voice.id}", data={"visibility": "no"})).status_code == 422


async def test_an_unprepared_address_is_a_surprise() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        assert (await client.get("/v2/model")).status_code == 404
        assert (await client.put("/model")).status_code == 405
        assert len(fish.surprises) == 2
