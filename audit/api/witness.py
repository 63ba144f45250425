"""This service as a witness for the logs of others: the HTTP interface of C2SP tlog-witness.

Nobody signs in: what counts is who signed the checkpoint. Answers are plain text, for programs.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from audit.models import WatchedLog
from audit.services.witness import NotConsistent, NotSigned, OtherSize, UnknownLog, cosign_checkpoint
from audit.witness.own_key import is_witness, load_witness_keys
from audit.witness.request import LARGEST_BODY, SIZE_TYPE, RequestError, read_add_checkpoint, write_size

PLAIN = "text/plain; charset=utf-8"


@csrf_exempt
@require_POST
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    """Cosign a checkpoint that extends the one that we saw last."""
    if not is_witness():
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        return _said(413, f"a request has at most {LARGEST_BODY} bytes")
    try:
        return _public(cosign_checkpoint(read_add_checkpoint(request.body)))
    except RequestError as error:
        return _said(400, str(error))
    except UnknownLog:
        return _said(404, "this witness does not watch that log")
    except NotSigned as error:
        return _said(403, str(error))
    except OtherSize as error:
        return HttpResponse(write_size(error.size), status=409, content_type=SIZE_TYPE)
    except NotConsistent as error:
        return _said(422, str(error))


# Whatever content type a log gives it, the body is no form.
add_checkpoint.reads_its_own_form = True  # type: ignore[attr-defined]


@require_safe
def seen_checkpoint(request: HttpRequest, origin_hash: str) -> HttpResponse:
    """The newest checkpoint of a log that we cosigned, with our signatures (the monitoring prefix)."""
    log = WatchedLog.objects.filter(origin_hash=origin_hash).exclude(note="").first()
    if log is None:
        raise Http404
    return _public(log.note)


@require_safe
def verifier_keys(request: HttpRequest) -> HttpResponse:
    """The keys that our cosignatures verify with, one a line. Who relies on them gets them elsewhere, and once."""
    if not is_witness():
        raise Http404
    return _public("".join(f"{key.cosigner}\n" for key in load_witness_keys()))


def _public(body: str) -> HttpResponse:
    headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    return HttpResponse(body, content_type=PLAIN, headers=headers)


def _said(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type=PLAIN)
