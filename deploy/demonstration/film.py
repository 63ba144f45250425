"""Films that are drawn and not recorded, with nobody in them: made when they are needed, and kept nowhere."""

import io
import random
from collections.abc import Iterator
from fractions import Fraction

import av
from av.video.stream import VideoStream

WIDTH, HEIGHT = 320, 180
FRAMES_A_SECOND = 12
# In luma: the night sky, the walls of houses, roofs, the pavement, the street, lit windows, and the light that goes by.
_SKY, _WALLS, _ROOF, _PAVEMENT, _STREET, _WINDOW, _LIGHT = 26, (62, 78, 70, 86), 44, 96, 40, 170, 235
_LIGHT_SIZE = 14
# In pixels: a house from gable to gable, and where roofs, walls, pavement and street begin.
_HOUSE, _TOP, _EAVES, _GROUND, _KERB = 80, 34, 72, 132, 140
_DOOR, _PANES = range(56, 70), (range(12, 24), range(32, 44), range(56, 68))


def draw_film(*, seconds: int) -> bytes:
    """Return a film of a street at night in which a light goes by: 320 by 180 pixels, some kilobytes a second."""
    lines = [_line(row) for row in range(HEIGHT)]
    count = seconds * FRAMES_A_SECOND
    frames = (_street(lines, left=number * (WIDTH - _LIGHT_SIZE) // count) for number in range(count))
    # A whole picture each second, where a player can begin.
    return _encode(frames, WIDTH, HEIGHT, whole_each=FRAMES_A_SECOND, options={"crf": "30"})


def draw_noise(*, frames: int) -> bytes:
    """Return a film of noise, which does not get smaller: 640 by 360 pixels, a third of a megabyte a frame."""
    width, height = 640, 360
    drawn = random.Random(7)  # noqa: S311 a picture, and no secret
    pictures = [drawn.randbytes(width * height) for _ in range(7)]
    made = (_picture(width, height, pictures[number % 7]) for number in range(frames))
    return _encode(made, width, height, whole_each=1, options={"qp": "8"})


def _encode(
    frames: Iterator[av.VideoFrame], width: int, height: int, *, whole_each: int, options: dict[str, str]
) -> bytes:
    """Return an MP4 with H.264, which every browser plays; `options` are those of the encoder."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAMES_A_SECOND, options={"preset": "ultrafast", **options})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = width, height, "yuv420p", whole_each
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base = number, Fraction(1, FRAMES_A_SECOND)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def _line(row: int) -> bytes:
    if row >= _GROUND:
        return bytes([_PAVEMENT if row < _KERB else _STREET]) * WIDTH
    return bytes(_house(row, column % _HOUSE, column // _HOUSE) for column in range(WIDTH))


def _house(row: int, column: int, number: int) -> int:
    """Return the luma of a place in the row of houses, or of the sky above it."""
    if row < _EAVES:
        half = (row - _TOP) * (_HOUSE // 2) // (_EAVES - _TOP)
        return _ROOF if abs(column - _HOUSE // 2) < half else _SKY
    if row >= 104 and column in _DOOR:
        return _ROOF
    # Upstairs and downstairs; not everybody is at home.
    for floor, rows in enumerate((range(82, 96), range(106, 122))):
        for pane, columns in enumerate(_PANES):
            if row in rows and column in columns:
                return _WINDOW if (number * 5 + floor * 2 + pane) % 3 else _SKY
    return _WALLS[number % len(_WALLS)]


def _street(lines: list[bytes], *, left: int) -> av.VideoFrame:
    """Return the street with the light `left` pixels from its edge."""
    top = _KERB + 6
    light = bytes([_LIGHT]) * _LIGHT_SIZE
    drawn = [
        line[:left] + light + line[left + _LIGHT_SIZE :] if top <= row < top + _LIGHT_SIZE else line
        for row, line in enumerate(lines)
    ]
    return _picture(WIDTH, HEIGHT, b"".join(drawn))


def _picture(width: int, height: int, luma: bytes) -> av.VideoFrame:
    """Return a frame with these values of luma, a byte a pixel, a little to the blue, as nights are."""
    frame = av.VideoFrame(width, height, "yuv420p")
    plane, blue, red = frame.planes
    rows = (luma[row * width : (row + 1) * width] for row in range(height))
    plane.update(b"".join(row.ljust(plane.line_size, b"\0") for row in rows))
    blue.update(bytes([138]) * blue.buffer_size)
    red.update(bytes([122]) * red.buffer_size)
    return frame
