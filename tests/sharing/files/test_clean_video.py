"""Video comes out without place, camera and time, in packets that decode to the same frames."""

import re
import struct
from contextlib import suppress
from fractions import Fraction
from io import BytesIO

import av
import pytest
from av.packet import Packet
from hypothesis import given, settings
from hypothesis import strategies as st

from sharing.files.content import av1, nal_units, vorbis
from sharing.files.content.cleaning import clean
from sharing.files.content.decoding import BLOCK
from sharing.files.content.errors import FileDamaged, FileRefused, TypeNotAllowed
from sharing.files.content.media_type import detect, once_cleaned
from tests.sharing.files.media import DAY, FRAMES, MAKE, PLACE, RATE, SERIAL, TRACK, box, film, found, frames_of, photo
from tests.sharing.files.sealed_writer import CHANGEABLE, OnlyItsStartChanges

FILMS = {
    "H.264": ("mp4", "libx264", "aac"),
    "H.264 with open groups": ("mp4", "libx264", None),
    "QuickTime": ("mov", "libx264", "pcm_s16le"),
    "H.265": ("mp4", "libx265", None),
    "AV1": ("mp4", "libsvtav1", None),
    "MPEG-4": ("mp4", "mpeg4", None),
    "Motion JPEG": ("mov", "mjpeg", None),
    "WebM": ("webm", "libvpx", "libopus"),
    "VP9": ("webm", "libvpx-vp9", None),
}


def cleaned(content: bytes) -> bytes:
    writer = OnlyItsStartChanges()
    media_type = detect(BytesIO(content))
    clean(BytesIO(content), writer, media_type=media_type, keeps_metadata=False)
    assert detect(BytesIO(writer.content)) == once_cleaned(media_type)
    return writer.content


@pytest.mark.parametrize("name", FILMS)
def test_every_frame_stays_and_what_was_planted_goes(name: str) -> None:
    options = "x264-params=open-gop=1:keyint=5:intra-refresh=0" if "open" in name else ""
    content = film(*FILMS[name], options=options)
    assert {PLACE, SERIAL, TRACK} <= set(found(content))

    result = cleaned(content)

    assert found(result) == []
    assert frames_of(result) == frames_of(content)
    # What wrote it last and when is nobody's business either; "Lavf" alone is a field that WebM must have.
    assert not re.search(rb"Lavf[0-9]|x264|x265|encoder", result)


def test_sound_stays_byte_for_byte() -> None:
    content = film("mov", "libx264", "pcm_s16le")
    assert sound_of(cleaned(content)) == sound_of(content)


@pytest.mark.parametrize("turned", [90, 180, -90])
def test_the_turn_of_the_picture_stays(turned: int) -> None:
    content = film("mov", "libx264", None, turned=turned)
    result = cleaned(content)
    assert {abs(rotation) for _, rotation, _ in frames_of(result)} == {abs(turned)}
    assert frames_of(result) == frames_of(content)


@pytest.mark.parametrize("name", ["H.264", "QuickTime", "WebM"])
def test_no_moment_and_no_name_is_left_in_container_or_tracks(name: str) -> None:
    with av.open(BytesIO(cleaned(film(*FILMS[name])))) as container:
        assert set(container.metadata) <= {"major_brand", "minor_version", "compatible_brands", "encoder"}
        assert container.metadata.get("encoder", "Lavf") == "Lavf"
        for stream in container.streams:
            assert not {"creation_time", "timecode", "make", "location"} & set(stream.metadata)
            assert stream.metadata.get("handler_name", "VideoHandler") in {"VideoHandler", "SoundHandler"}


def test_tracks_of_data_and_subtitles_and_chapters_go() -> None:
    content = with_other_tracks()
    assert {PLACE, SERIAL} <= set(found(content))
    with av.open(BytesIO(content), "r") as container:
        assert {stream.type for stream in container.streams} == {"video", "data", "subtitle"}
        assert container.chapters()

    result = cleaned(content)

    with av.open(BytesIO(result), "r") as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert not container.chapters()
    assert found(result) == []
    assert frames_of(result) == frames_of(content)


def test_boxes_of_makers_go() -> None:
    planted = box(b"uuid", b"0123456789abcdef" + PLACE) + box(b"free", SERIAL) + box(b"skip", TRACK)
    content = film() + planted
    assert PLACE in found(content)
    assert found(cleaned(content)) == []


def test_the_comments_of_vorbis_sound_go() -> None:
    comments = b"\x03vorbis" + struct.pack("<I", len(MAKE)) + MAKE + struct.pack("<II", 1, len(PLACE)) + PLACE + b"\x01"
    identification, setup = b"\x01vorbis" + bytes(23), b"\x05vorbis" + bytes(600)
    cleaned_headers = vorbis.clean_configuration(
        b"\x02" + bytes([len(identification), len(comments)]) + identification + comments + setup
    )
    assert found(cleaned_headers) == []
    assert cleaned_headers.startswith(b"\x02" + bytes([len(identification), 16]) + identification + b"\x03vorbis\x00")
    assert cleaned_headers.endswith(b"\x01" + setup)


@given(st.binary(max_size=300))
def test_any_bytes_in_a_configuration_are_cleaned_or_refused(content: bytes) -> None:
    with suppress(FileDamaged):
        vorbis.clean_configuration(content)
    with suppress(FileDamaged):
        av1.clean_configuration(content)
    for units in (nal_units.H264, nal_units.H265):
        nal_units.clean_configuration(content, units)
        nal_units.clean_packet(content, units, 2)


@pytest.mark.parametrize("form", ["mp4", "webm"])
def test_the_long_index_of_a_long_film_is_written_without_going_back_to_it(form: str) -> None:
    """The writer double refuses to go back anywhere but to its first 16 KiB."""
    content = long_film(form, times=2500)
    result = cleaned(content)
    with av.open(BytesIO(result), "r") as container:
        assert sum(1 for packet in container.demux(video=0) if packet.size) == 2500 * FRAMES
    assert found(result) == []


@pytest.mark.parametrize(("codec", "header"), [("libx264", b"\x06"), ("libx265", b"\x4e\x01")])
def test_what_a_camera_puts_beside_the_picture_in_each_packet_goes(codec: str, header: bytes) -> None:
    # Unregistered user data (5) and what is registered (4), after a recovery point (6), which decoders need.
    said = [
        (6, b"\x84"),
        (136, b"12:00:00"),
        (5, b"0123456789abcdef" + PLACE + b"\x00\x00\x01" * 3),
        (4, b"\xb5" + SERIAL * 20),
    ]
    unit = header + escaped(b"".join(message(*one) for one in said) + b"\x80")
    content = with_unit_in_each_packet(film("mp4", codec, None), unit)
    assert {PLACE, SERIAL} <= set(found(content))

    result = cleaned(content)

    assert found(result) == []
    assert result.count(header + message(6, b"\x84") + b"\x80") == len(frames_of(content))
    assert frames_of(result) == frames_of(content)


def test_what_a_camera_puts_beside_an_av1_picture_goes() -> None:
    private = b"\x2a" + bytes([1 + len(SERIAL)]) + b"\x04" + SERIAL
    light = b"\x2a\x05\x01\x03\xe8\x01\x90"
    content = remuxed(film("mp4", "libsvtav1", None), lambda packet: packet + light + private)
    assert SERIAL in found(content)
    result = cleaned(content)
    assert found(result) == []
    assert light in result


def test_exif_in_each_frame_of_a_film_of_photos_goes() -> None:
    content = remuxed(film("mov", "mjpeg", None), lambda _packet: photo(), form="mov")
    assert SERIAL in found(content)
    assert found(cleaned(content)) == []


def test_user_data_of_mpeg4_goes_but_not_what_a_decoder_knows_its_encoder_by() -> None:
    content = remuxed(film("mp4", "mpeg4", None), lambda packet: b"\x00\x00\x01\xb2" + PLACE + packet)
    assert PLACE in found(content)
    result = cleaned(content)
    assert found(result) == []
    assert b"\x00\x00\x01\xb2Lavc" in result
    assert frames_of(result) == frames_of(content)


def test_apple_players_open_h265_as_before() -> None:
    content = film("mp4", "libx265", None, options="tag=hvc1")
    assert b"hvc1" in remuxed(content, bytes, tag="hvc1")
    assert b"hvc1" in cleaned(remuxed(content, bytes, tag="hvc1"))


def test_memory_does_not_grow_with_the_file() -> None:
    """The film is asked for a block at a time."""
    content = long_film("mp4", times=500)

    class Counting(BytesIO):
        largest = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            self.largest = max(self.largest, size)
            return super().read(size)

    reader = Counting(content)
    clean(reader, OnlyItsStartChanges(), media_type="video/mp4", keeps_metadata=False)
    assert 0 < reader.largest <= BLOCK < len(content)


def test_metadata_that_the_citizen_keeps_is_copied_byte_for_byte() -> None:
    writer = OnlyItsStartChanges()
    clean(BytesIO(film("mov")), writer, media_type="video/quicktime", keeps_metadata=True)
    assert writer.content == film("mov")


@pytest.mark.parametrize("keeps_metadata", [True, False])
def test_a_film_that_does_not_decode_is_refused_and_nothing_is_written(keeps_metadata: bool) -> None:
    head, tail = film()[:40], bytes(5000)
    writer = OnlyItsStartChanges()
    with pytest.raises(FileDamaged):
        clean(BytesIO(head + tail), writer, media_type="video/mp4", keeps_metadata=keeps_metadata)
    assert writer.content == b""


def test_a_film_without_picture_is_refused() -> None:
    written = BytesIO()
    with av.open(written, "w", format="mp4") as container, av.open(BytesIO(film()), "r") as source:
        sound = source.streams.audio[0]
        copy = container.add_stream_from_template(sound)
        for packet in source.demux(sound):
            if packet.size:
                packet.stream = copy
                container.mux(packet)
    writer = OnlyItsStartChanges()
    with pytest.raises(TypeNotAllowed):
        clean(BytesIO(written.getvalue()), writer, media_type="video/mp4", keeps_metadata=False)
    assert writer.content == b""


def test_a_film_of_one_kind_is_not_opened_as_another() -> None:
    with pytest.raises(FileDamaged):
        clean(BytesIO(film("webm", "libvpx", None)), OnlyItsStartChanges(), media_type="video/mp4", keeps_metadata=True)


@settings(max_examples=40)
@given(st.data())
def test_a_damaged_film_is_cleaned_or_refused_and_nothing_else(data: st.DataObject) -> None:
    content = bytearray(film(*data.draw(st.sampled_from([FILMS["H.264"], FILMS["VP9"], FILMS["H.265"]]))))
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(40, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(len(content) // 2, len(content))) :]
    with suppress(FileRefused):
        assert PLACE not in cleaned(bytes(content))


def test_the_writer_double_refuses_what_a_sealed_file_cannot_do() -> None:
    writer = OnlyItsStartChanges()
    writer.write(bytes(2 * CHANGEABLE))
    writer.seek(10)
    writer.write(b"changed")
    with pytest.raises(AssertionError):
        writer.seek(CHANGEABLE)
    writer.seek(CHANGEABLE - 1)
    with pytest.raises(AssertionError):
        writer.write(b"over the edge")


def sound_of(content: bytes) -> bytes:
    with av.open(BytesIO(content), "r") as container:
        return b"".join(bytes(packet) for packet in container.demux(audio=0))


def message(kind: int, content: bytes) -> bytes:
    """A message of supplemental enhancement information (Rec. ITU-T H.264 section 7.3.2.3.1)."""
    return bytes([kind]) + b"\xff" * (len(content) // 255) + bytes([len(content) % 255]) + content


def escaped(content: bytes) -> bytes:
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", content)


def with_unit_in_each_packet(content: bytes, unit: bytes) -> bytes:
    return remuxed(content, lambda packet: struct.pack(">I", len(unit)) + unit + packet)


def remuxed(content: bytes, change: object, *, form: str = "mp4", tag: str = "") -> bytes:
    """The film anew, with each packet of its picture changed."""
    assert callable(change)
    written = BytesIO()
    with av.open(BytesIO(content), "r") as source, av.open(written, "w", format=form) as target:
        copy = target.add_stream_from_template(source.streams.video[0], opaque=True)
        if tag:
            copy.codec_context.codec_tag = tag
        for packet in source.demux(video=0):
            if packet.size:
                changed: Packet = Packet(change(bytes(packet)))  # type: ignore[type-arg]
                changed.pts, changed.dts, changed.duration = packet.pts, packet.dts, packet.duration
                changed.time_base, changed.is_keyframe = packet.time_base, packet.is_keyframe
                changed.stream = copy
                target.mux(changed)
    return written.getvalue()


def long_film(form: str, *, times: int) -> bytes:
    """A film over and over, with an index that is larger than what is kept in memory before it is written."""
    written = BytesIO()
    short = film(form, "libx264" if form == "mp4" else "libvpx", None)
    with av.open(BytesIO(short), "r") as source, av.open(written, "w", format=form) as target:
        copy = target.add_stream_from_template(source.streams.video[0], opaque=True)
        packets = [packet for packet in source.demux(video=0) if packet.size]
        for time in range(times):
            for packet in packets:
                again: Packet = Packet(bytes(packet))  # type: ignore[type-arg]
                shift = round(Fraction(time * len(packets), RATE) / packet.time_base)
                again.pts, again.dts = (packet.pts or 0) + shift, (packet.dts or 0) + shift
                again.time_base, again.is_keyframe, again.stream = packet.time_base, packet.is_keyframe, copy
                target.mux(again)
    return written.getvalue()


def with_other_tracks() -> bytes:
    """A film with a track of positions, subtitles that say the moment, and chapters."""
    written = BytesIO()
    with av.open(BytesIO(film()), "r") as source, av.open(written, "w", format="mp4") as target:
        copy = target.add_stream_from_template(source.streams.video[0], opaque=True)
        texts = [target.add_mux_stream("mov_text") for _ in range(2)]
        target.set_chapters(
            [{"id": 1, "start": 0, "end": 600, "time_base": Fraction(1, 1000), "metadata": {"title": TRACK.decode()}}]
        )
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = copy
                target.mux(packet)
        for stream, planted in zip(texts, (PLACE, SERIAL + DAY), strict=True):
            text: Packet = Packet(struct.pack(">H", len(planted)) + planted)  # type: ignore[type-arg]
            text.pts = text.dts = 0
            text.duration, text.time_base, text.stream = 500, Fraction(1, 1000), stream
            target.mux(text)
    content = written.getvalue()
    # The first of the two becomes one of positions, as a helmet camera writes it.
    for subtitle, positions in ((b"sbtl", b"meta"), (b"tx3g", b"gpmd")):
        content = content.replace(subtitle, positions, 1)
    return content
