"""A short film that is drawn and not recorded: a street at night, in which a light goes by. Nobody is in it.

Made when it is needed, so that no film has to be kept beside the source.
"""

import io
from fractions import Fraction

import av
from av.video.stream import VideoStream

WIDTH, HEIGHT = 320, 180
FRAMES_A_SECOND = 12
# In luma: the night sky, the wall of a house, the street, a window, and the light that goes by.
_SKY, _WALL, _STREET, _WINDOW, _LIGHT = 24, 70, 48, 150, 235
_LIGHT_SIZE = 18


def draw_film(*, seconds: int) -> bytes:
    """Return an MP4 (H.264, 320 by 180 pixels) that can be played from any of its seconds."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAMES_A_SECOND, options={"preset": "ultrafast", "crf": "30"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        # A whole picture each second, where a player can begin.
        stream.gop_size = FRAMES_A_SECOND
        still_lines = [_line(row) for row in range(HEIGHT)]
        count = seconds * FRAMES_A_SECOND
        for number in range(count):
            frame = _frame(still_lines, left=number * (WIDTH - _LIGHT_SIZE) // count)
            frame.pts, frame.time_base = number, Fraction(1, FRAMES_A_SECOND)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def _line(row: int) -> bytes:
    if row < HEIGHT // 3:
        return bytes([_SKY]) * WIDTH
    if row >= HEIGHT * 3 // 4:
        return bytes([_STREET]) * WIDTH
    windows = HEIGHT // 2 <= row < HEIGHT * 2 // 3
    return bytes(_WINDOW if windows and column % 80 > 50 else _WALL for column in range(WIDTH))


def _frame(lines: list[bytes], *, left: int) -> av.VideoFrame:
    """Return the street with the light `left` pixels from its edge."""
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    top = HEIGHT * 4 // 5
    light = bytes([_LIGHT]) * _LIGHT_SIZE
    drawn = [
        line[:left] + light + line[left + _LIGHT_SIZE :] if top <= row < top + _LIGHT_SIZE else line
        for row, line in enumerate(lines)
    ]
    luma, blue, red = frame.planes
    luma.update(b"".join(line.ljust(luma.line_size, b"\0") for line in drawn))
    # A little to the blue, as nights are.
    blue.update(bytes([138]) * blue.buffer_size)
    red.update(bytes([122]) * red.buffer_size)
    return frame
