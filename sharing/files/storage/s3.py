"""Files in an S3 bucket, by multipart upload in constant memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sharing.errors import BlobMissing, StorageUnavailable
from sharing.files.storage.blob import Blob

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# At least 5 MiB (all but the last part) and at most 10,000 of them: room for 80 GiB.
PART = 8 * 1024 * 1024
_NOT_THERE = frozenset({"404", "NoSuchKey", "NoSuchUpload", "NotFound"})


class S3Storage:
    """Blobs as objects below `prefix` in one bucket. Without keys it uses those that boto3 finds by itself."""

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str = "",
        endpoint: str | None = None,
        region: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        # A client serves all threads.
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"mode": "standard", "max_attempts": 3},
                s3={"addressing_style": "path"} if endpoint else {},
            ),
        )

    def create(self, name: str, /) -> "S3Sink":
        return S3Sink(self._client, self._bucket, self._prefix + name)

    def open(self, name: str, /) -> "S3Source":
        return S3Source(self._client, self._bucket, self._prefix + name)

    def delete(self, name: str, /) -> None:
        with _refusing():
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)

    def blobs(self) -> Iterator[Blob]:
        with _refusing():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            for page in pages:
                for found in page.get("Contents", ()):
                    yield Blob(found["Key"].removeprefix(self._prefix), found["LastModified"])

    def remove_unfinished(self, *, before: datetime) -> int:
        removed = 0
        with _refusing():
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            )
            for page in pages:
                for found in page.get("Uploads", ()):
                    if found["Initiated"] < before:
                        _abort(self._client, self._bucket, found["Key"], found["UploadId"])
                        removed += 1
        return removed


class S3Sink:
    """An object in the making. The first part stays in memory until the end, because it may be written again."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._bucket, self._key = client, bucket, key
        self._first = bytearray()
        self._current = bytearray()
        self._upload_id = ""
        # From 2: the first part is sent last.
        self._parts: list[dict[str, Any]] = []

    def write(self, data: "ReadableBuffer", /) -> None:
        view = memoryview(data).cast("B")
        if (room := PART - len(self._first)) > 0:
            self._first += view[:room]
            view = view[room:]
        while len(view):
            room = PART - len(self._current)
            self._current += view[:room]
            view = view[room:]
            if len(self._current) == PART:
                self._send_current()

    def overwrite(self, position: int, data: "ReadableBuffer", /) -> None:
        view = memoryview(data).cast("B")
        if position + len(view) > len(self._first):
            raise ValueError("Only what stands in the first part can be written again.")
        self._first[position : position + len(view)] = view

    def finish(self) -> None:
        try:
            with _refusing():
                if not self._upload_id and not self._current:
                    self._client.put_object(Bucket=self._bucket, Key=self._key, Body=bytes(self._first))
                    return
                if self._current:
                    self._send_current()
                first = self._send(1, self._first)
                self._client.complete_multipart_upload(
                    Bucket=self._bucket,
                    Key=self._key,
                    UploadId=self._upload_id,
                    MultipartUpload={"Parts": [first, *self._parts]},
                )
        except BaseException:
            self.abandon()
            raise
        self._upload_id = ""

    def abandon(self) -> None:
        upload_id, self._upload_id = self._upload_id, ""
        if upload_id:
            # What a storage that is away keeps is collected later.
            try:
                with _refusing():
                    _abort(self._client, self._bucket, self._key, upload_id)
            except StorageUnavailable:
                return

    def _send_current(self) -> None:
        try:
            with _refusing():
                if not self._upload_id:
                    started = self._client.create_multipart_upload(Bucket=self._bucket, Key=self._key)
                    self._upload_id = started["UploadId"]
                self._parts.append(self._send(len(self._parts) + 2, self._current))
        except StorageUnavailable:
            self.abandon()
            raise
        self._current = bytearray()

    def _send(self, number: int, data: bytearray) -> dict[str, Any]:
        sent = self._client.upload_part(
            Bucket=self._bucket, Key=self._key, UploadId=self._upload_id, PartNumber=number, Body=bytes(data)
        )
        return {"PartNumber": number, "ETag": sent["ETag"]}


class S3Source:
    """An object, read by ranges."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._bucket, self._key = client, bucket, key
        with _refusing():
            self.size: int = client.head_object(Bucket=bucket, Key=key)["ContentLength"]

    def read_at(self, position: int, length: int, /) -> bytes:
        length = min(length, self.size - position)
        if length <= 0:
            return b""
        with _refusing():
            answer = self._client.get_object(
                Bucket=self._bucket, Key=self._key, Range=f"bytes={position}-{position + length - 1}"
            )
            with answer["Body"] as body:
                data: bytes = body.read()
        return data

    def close(self) -> None: ...


def _abort(client: Any, bucket: str, key: str, upload_id: str) -> None:
    try:
        client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
    except ClientError as error:
        # Finished or aborted in the meantime.
        if error.response.get("Error", {}).get("Code") not in _NOT_THERE:
            raise


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what the storage says into what this service says."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _NOT_THERE:
            raise BlobMissing from error
        raise StorageUnavailable from error
    except BotoCoreError as error:
        raise StorageUnavailable from error
