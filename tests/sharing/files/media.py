"""Small files as telephones and cameras make them, with what their makers plant in them: place, name, serial, date."""

import hashlib
import struct
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from io import BytesIO
from typing import Any

import av
import pikepdf
from av.video.frame import VideoFrame
from PIL import Image

WIDTH, HEIGHT, RATE, FRAMES = 160, 120, 10, 12

# Every one of these is planted somewhere; none of them may come out.
PLACE = b"+52.3702+004.8952/"
MAKE, MODEL, SERIAL, DAY, TRACK = b"CanaryMake", b"CanaryModel", b"CanarySerial4711", b"2024-05-05", b"CanaryTrack"
CANARIES = (PLACE, MAKE, MODEL, SERIAL, DAY, b"2024:05:05", TRACK, b"Canary")
# What a program writes of itself into a document (ISO 16684-1).
_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="' + SERIAL + b'"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


def found(content: bytes) -> list[bytes]:
    """Return the canaries in `content`."""
    return [canary for canary in CANARIES if canary in content]


def picture(turn: int = 0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """A picture of which no turn looks like another."""
    shades = Image.linear_gradient("L").rotate(turn * 9)
    return Image.merge("RGB", (shades, shades.rotate(90), Image.radial_gradient("L"))).resize(size)


@cache
def film(
    form: str = "mp4", codec: str = "libx264", sound: str | None = "aac", *, turned: int = 0, options: str = ""
) -> bytes:
    """A film of 1.2 seconds in the container `form`, with place, camera and date in its container and tracks.

    `turned` is the turn of the picture in degrees; `options` are those of the encoder, as "name=value name=value".
    """
    written = BytesIO()
    flags = {"movflags": "use_metadata_tags"} if form != "webm" else {}
    with av.open(written, "w", format=form, container_options=flags) as container:
        container.metadata.update(
            {
                "location": PLACE.decode(),
                "com.apple.quicktime.location.ISO6709": PLACE.decode(),
                "make": MAKE.decode(),
                "model": MODEL.decode(),
                "comment": SERIAL.decode(),
                "creation_time": f"{DAY.decode()}T12:00:00Z",
            }
        )
        video: Any = container.add_stream(codec, rate=RATE, options=_options(options))
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuvj420p" if codec == "mjpeg" else "yuv420p"
        # The threads of libvpx wait for one another without rest; on a busy machine that took for ever.
        video.codec_context.thread_count = 1
        video.metadata["handler_name"] = TRACK.decode()
        video.metadata["creation_time"] = f"{DAY.decode()}T12:00:00Z"
        if turned:
            video.set_display_rotation(turned)
        audio: Any = container.add_stream(sound, rate=48000) if sound else None
        for number in range(FRAMES):
            frame = VideoFrame.from_image(picture(number))
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio:
            for packets in _encoded(audio):
                container.mux(packets)
    return written.getvalue()


def _options(options: str) -> dict[str, str]:
    given = dict(option.split("=", 1) for option in options.split())
    return {"x265-params": "log-level=none:pools=none", "svtav1-params": "preset=12:lp=1", **given}


def _encoded(audio: Any) -> Any:
    samples = 1024
    form = audio.codec_context.format.name
    for start in range(0, 48000 * FRAMES // RATE, samples):
        frame = av.AudioFrame(format=form, layout="stereo", samples=samples)
        frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
        for plane in frame.planes:
            # A tone where that is any bytes, and silence where they are floating-point numbers.
            plane.update(bytes(at % 100 if form == "s16" else 0 for at in range(plane.buffer_size)))
        yield audio.encode(frame)
    yield audio.encode(None)


def frames_of(content: bytes) -> list[tuple[float | None, int, str]]:
    """Return when each frame is shown, how it is turned, and the hash of its pixels."""
    with av.open(BytesIO(content), "r") as container:
        return [
            (frame.time, frame.rotation, hashlib.sha256(frame.to_image().tobytes()).hexdigest())
            for frame in container.decode(video=0)
        ]


def exif(orientation: int = 1) -> bytes:
    """Exif as a telephone writes it: make, model, moment, serial number and place."""
    tags = Image.Exif()
    tags[0x010F], tags[0x0110], tags[0x0112] = MAKE.decode(), MODEL.decode(), orientation
    tags[0x0132] = "2024:05:05 12:00:00"
    tags.get_ifd(0x8769)[0xA431] = SERIAL.decode()
    tags.get_ifd(0x8825).update({1: "N", 2: (52.0, 22.0, 12.72), 3: "E", 4: (4.0, 53.0, 42.72)})
    return tags.tobytes()


def photo(form: str = "JPEG", orientation: int = 1, **options: Any) -> bytes:
    """A photo with its camera and place in Exif."""
    written = BytesIO()
    picture().save(written, form, exif=exif(orientation), **options)
    return written.getvalue()


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def box(name: bytes, content: bytes) -> bytes:
    """A box of ISO/IEC 14496-12."""
    return struct.pack(">I4s", len(content) + 8, name) + content


def document(parts: Mapping[str, Any] | None = None, *, image: bytes = b"", password: str = "") -> bytes:
    """A PDF of one page with its writer, program and date; `parts` go in its catalogue, `image` (JPEG) on its page."""
    written = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(200, 100))
        page = pdf.pages[0]
        pdf.docinfo["/Author"] = MAKE.decode()
        pdf.docinfo["/CreationDate"] = f"D:{DAY.decode()}"
        pdf.Root.Metadata = pdf.make_stream(_XMP, Type=pikepdf.Name.Metadata)
        page.obj.PieceInfo = pikepdf.Dictionary(Program=pikepdf.Dictionary(Private=TRACK.decode()))
        page.obj.LastModified = f"D:{DAY.decode()}"
        content = b"0.2 0.4 0.9 rg 20 20 60 60 re f"
        if image:
            page.obj.Resources = pikepdf.Dictionary(
                XObject=pikepdf.Dictionary(
                    Photo=pdf.make_stream(
                        image,
                        Type=pikepdf.Name.XObject,
                        Subtype=pikepdf.Name.Image,
                        Width=WIDTH,
                        Height=HEIGHT,
                        ColorSpace=pikepdf.Name.DeviceRGB,
                        BitsPerComponent=8,
                        Filter=pikepdf.Name.DCTDecode,
                    )
                )
            )
            content += b" q 100 0 0 80 90 10 cm /Photo Do Q"
        page.obj.Contents = pdf.make_stream(content)
        for name, part in (parts or {}).items():
            pdf.Root[f"/{name}"] = part
        pdf.save(
            written,
            encryption=pikepdf.Encryption(user=password, owner=password) if password else False,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            compress_streams=False,
        )
    return written.getvalue()
