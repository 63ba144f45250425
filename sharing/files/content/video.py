"""Video without place, camera and time: the packets of picture and sound in a new container, byte for byte.

Everything else stays behind: the metadata of the container and its tracks, tracks of data (the path of a drone, the
sensors of a camera), time codes, subtitles, chapters, cover art, and what stands inside the packets beside the picture.
The turn of the picture (its display matrix) is of the picture, and goes along.
"""

import re
from collections.abc import Callable
from itertools import islice
from typing import BinaryIO

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from sharing.files.content import jpeg, nal_units
from sharing.files.content.decoding import MOST_PIXELS
from sharing.files.content.errors import FileDamaged, FileTooLarge, TypeNotAllowed
from sharing.files.content.media_type import MP4, WEBM

# What telephones, cameras and browsers make. Each decoder that is left out is one that a hostile file cannot reach.
VIDEO_CODECS = frozenset({"h264", "hevc", "av1", "vp8", "vp9", "mpeg4", "mjpeg"})
AUDIO_CODECS = frozenset({"aac", "mp3", "opus", "vorbis", "ac3", "eac3", "alac", "flac"}) | {
    f"pcm_{form}" for form in ("s16le", "s16be", "s24le", "s24be", "s32le", "s32be", "f32le", "f32be")
}
_DECODERS = VIDEO_CODECS | AUDIO_CODECS | {"libdav1d", "libvpx", "libvpx-vp9", "libopus", "mp3float"}
# The head of a WebM file must fit in what a sealed file can still change.
_MOST_CONFIGURATION_BYTES = 8 * 1024
_PACKETS_TRIED = 500

_H264_OR_H265 = {"h264": nal_units.H264, "hevc": nal_units.H265}
# MPEG-4 part 2 (ISO/IEC 14496-2 section 6.2.2.1). Decoders know their encoder by it, and draw as that did.
_USER_DATA = re.compile(rb"\x00\x00\x01\xb2(?!XviD|DivX|Lavc|FFmpe|ffmpeg).*?(?=\x00\x00\x01|\Z)", re.DOTALL)

Track = VideoStream | AudioStream


def clean(reader: BinaryIO, writer: BinaryIO, *, media_type: str) -> str:
    """Write the video without metadata and return the media type of what was written: WebM stays, the rest is MP4.

    `writer` must be able to seek, back to its first 16 KiB only. Memory grows by some 100 bytes a packet.
    """
    result = WEBM if media_type == WEBM else MP4
    with (
        opened(reader, media_type=media_type) as source,
        av.open(
            writer,
            "w",
            format="webm" if result == WEBM else "mp4",
            # No name of a program and no moment of writing.
            container_options={"fflags": "+bitexact"},
        ) as target,
    ):
        copies = {track.index: _copy(track, target) for track in _tracks(source, target)}
        packets = 0
        for packet in source.demux([source.streams[index] for index in copies]):
            track, cleaned = copies[packet.stream_index]
            packets += _write(packet, cleaned(bytes(packet)), track, target)
    if not packets:
        raise FileDamaged
    return result


def opened(reader: BinaryIO, *, media_type: str) -> InputContainer:
    """Open a video with the reader of its own type only, and with none but the decoders that are meant."""
    return av.open(
        reader,
        "r",
        format="matroska" if media_type == WEBM else "mov",
        container_options={"codec_whitelist": ",".join(sorted(_DECODERS)), "threads": "1"},
        metadata_errors="replace",
    )


def check(reader: BinaryIO, *, media_type: str) -> None:
    """Raise `FileDamaged` unless the video has a picture that can be decoded."""
    with opened(reader, media_type=media_type) as source:
        _first_frame(source)


def still(reader: BinaryIO, *, media_type: str) -> Image.Image:
    """Return the first frame that decodes, turned as it must be shown."""
    with opened(reader, media_type=media_type) as source:
        return _first_frame(source)


def _tracks(source: InputContainer, target: OutputContainer) -> list[Track]:
    """Return the tracks to copy: picture and sound, but no cover art and no sound that the new container cannot hold.

    A telephone may add a second, spatial sound track of its own make beside the common one: that one is left out.
    """
    videos = [track for track in source.streams.video if not track.disposition & track.disposition.attached_pic]
    for video in videos:
        if video.codec_context is None or video.codec_context.name not in _DECODERS:
            raise TypeNotAllowed
        if video.codec_context.width * video.codec_context.height > MOST_PIXELS:
            raise FileTooLarge
    holds = target.supported_codecs
    sounds = [
        track
        for track in source.streams.audio
        if track.codec_context is not None
        and track.codec_context.name in _DECODERS
        and track.codec_context.codec.canonical_name in holds
    ]
    if not videos or (source.streams.audio and not sounds):
        raise TypeNotAllowed
    return [*videos, *sounds]


def _copy(track: Track, target: OutputContainer) -> tuple[Track, Callable[[bytes], bytes]]:
    """Add a copy of `track` to `target`, and return it with what cleans its packets."""
    context = track.codec_context
    configuration = context.extradata or b""
    if len(configuration) > _MOST_CONFIGURATION_BYTES:
        raise FileDamaged
    copy = target.add_stream_from_template(track, opaque=True)
    name = context.codec.canonical_name
    if units := _H264_OR_H265.get(name):
        length_bytes = nal_units.length_bytes_of(configuration, units)
        if not length_bytes:
            raise FileDamaged
        copy.codec_context.extradata = nal_units.clean_configuration(configuration, units)
        if context.codec_tag in ("hvc1", "dvh1"):
            # Players of one maker open H.265 under this name only.
            copy.codec_context.codec_tag = "hvc1"
        return copy, lambda packet: nal_units.clean_packet(packet, units, length_bytes)
    if name == "mpeg4":
        copy.codec_context.extradata = _USER_DATA.sub(b"", configuration)
        return copy, lambda packet: _USER_DATA.sub(b"", packet)
    if name == "mjpeg":
        return copy, jpeg.without_metadata
    return copy, bytes


def _write(packet: Packet, data: bytes, track: Track, target: OutputContainer) -> int:
    """Write one packet, with its cleaned data, and return how many were written: none if nothing is left of it."""
    if not data:
        return 0
    if data != bytes(packet):
        cleaned = Packet(data)
        cleaned.pts, cleaned.dts, cleaned.duration = packet.pts, packet.dts, packet.duration
        cleaned.time_base, cleaned.is_keyframe = packet.time_base, packet.is_keyframe
        packet = cleaned
    packet.stream = track
    target.mux_one(packet)
    return 1


def _first_frame(source: InputContainer) -> Image.Image:
    videos = [track for track in source.streams.video if not track.disposition & track.disposition.attached_pic]
    if not videos:
        raise TypeNotAllowed
    context = videos[0].codec_context
    context.thread_count = 1
    context.options = {"max_pixels": str(MOST_PIXELS)}
    for packet in islice(source.demux(videos[0]), _PACKETS_TRIED):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            # A recording may begin in the middle of what hangs together.
            continue
        for frame in frames:
            if isinstance(frame, VideoFrame) and not frame.is_corrupt:
                picture = frame.to_image()
                return picture.rotate(frame.rotation, expand=True) if frame.rotation % 360 else picture
    raise FileDamaged
