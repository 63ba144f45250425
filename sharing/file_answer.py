"""The answer with a file, or with some of its bytes: the same for systems, staff and the citizen."""

from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from sharing.http_range import RangeNotSatisfiable, asked_range

# What it is when a browser saves it. Never the name that the citizen gave it: names tell more than one thinks.
_ENDINGS = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "image/jpeg": "jpg",
    "image/png": "png",
    "application/pdf": "pdf",
}
# A document can hold programs, so browsers do not open it in our own address.
_SAVED = frozenset({"application/pdf"})
# What players and the buffers between take at once; with less a film asks for its parts more often than it needs to.
_MOST_PLAYED = 4 * 1024 * 1024
# If a browser ever takes it for a page, that page can do nothing. A film or a picture by itself is shown by a page that
# the browser makes, with a style of its own, and asks for the film once more, as who is signed in.
_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
_SHOWN_POLICY = (
    "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
)


def answer_file(
    request: HttpRequest,
    *,
    name: str,
    media_type: str,
    size: int,
    look: Callable[[], None],
    view: Callable[[int, int], Iterator[bytes]],
    plays: bool = False,
) -> HttpResponseBase:
    """Answer with the bytes that a GET asks for (RFC 9110 section 14), or with the headers alone to a HEAD.

    `name` is the same for the same bytes and for no others; `size` is in bytes. `view(start, stop)` gives bytes of
    them after all is decided and logged, and `look()` decides for who gets none. `plays` is for players: they ask for
    all the rest, take what they need for now, and leave the answer open, with a thread of ours, while they are paused;
    so each gets a part at a time.
    """
    etag = f'"{name}"'
    kept = "attachment" if media_type in _SAVED else "inline"
    status, start, stop = 200, 0, size
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Content-Disposition": f'{kept}; filename="{name}.{_ENDINGS.get(media_type, "bin")}"',
        "Content-Security-Policy": _POLICY if media_type in _SAVED else _SHOWN_POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    if request.method == "HEAD":
        look()
        # A range is for GET alone (section 14.2).
        headers["Content-Length"] = str(size)
        return HttpResponse(content_type=media_type, headers=headers)
    try:
        asked = asked_range(
            request.headers.get("Range", ""),
            size=size,
            if_range=request.headers.get("If-Range", ""),
            etag=etag,
            most=_MOST_PLAYED if plays else None,
        )
    except RangeNotSatisfiable as missing:
        # It tells how large the file is.
        look()
        return HttpResponse(
            status=416, headers={"Content-Range": missing.content_range, "Accept-Ranges": "bytes", "ETag": etag}
        )
    if asked is not None:
        status, start, stop = 206, asked.start, asked.stop
        headers["Content-Range"] = asked.content_range
    headers["Content-Length"] = str(stop - start)
    return StreamingHttpResponse(view(start, stop), status=status, content_type=media_type, headers=headers)
