"""The last signed checkpoint as an object in an S3 bucket, replaced by conditional writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from audit.fork_guard.memory.kept import Kept, MemoryMoved, MemoryUnavailable
from audit.fork_guard.refusals import MemoryUnusable

_NOT_THERE = frozenset({"404", "NoSuchKey", "NotFound"})
_CONDITION_FAILED = frozenset({"412", "PreconditionFailed", "409", "ConditionalRequestConflict"})


class BucketMemory:
    """An object. Without keys it uses those that boto3 finds by itself."""

    def __init__(
        self,
        *,
        bucket: str,
        key: str,
        endpoint: str | None = None,
        region: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
    ) -> None:
        self._bucket, self._key = bucket, key
        self._keeps_conditions = False
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=Config(
                connect_timeout=2,
                read_timeout=5,
                # A write that is repeated by itself would find its own first attempt, and take it for another's.
                retries={"mode": "standard", "total_max_attempts": 1},
                s3={"addressing_style": "path"} if endpoint else {},
            ),
        )

    @property
    def place(self) -> str:
        return f"s3://{self._bucket}/{self._key}"

    def read(self) -> Kept | None:
        try:
            with self._answering():
                answer = self._client.get_object(Bucket=self._bucket, Key=self._key)
                with answer["Body"] as body:
                    return Kept(body.read().decode("utf-8", "replace"), version=answer["ETag"])
        except ClientError as error:
            if _code(error) == "NoSuchKey":
                return None
            raise MemoryUnavailable(f"{self.place} cannot be read: {_code(error)}") from error

    def replace(self, note: str, *, expected: Kept | None) -> None:
        self._try_conditions()
        condition = {"IfNoneMatch": "*"} if expected is None else {"IfMatch": expected.version}
        if not self._put(self._key, note, condition):
            raise MemoryMoved(f"{self.place} holds another checkpoint by now")

    def _try_conditions(self) -> None:
        """See once that the storage keeps to the conditions of a write, on an object that says nothing.

        A storage that does not know them takes the write and passes over the condition.
        """
        if self._keeps_conditions:
            return
        probe = f"{self._key}.probe"
        self._put(probe, "probe", {})
        if self._put(probe, "probe", {"IfNoneMatch": "*"}) or self._put(probe, "probe", {"IfMatch": '"another"'}):
            raise MemoryUnusable(
                f"The storage of {self.place} passes over If-Match and If-None-Match, so that two sequencers could"
                " overwrite each other's checkpoint there. Nothing is signed. Use a storage that has conditional"
                " writes, or a file on a folder that the sequencer's machines share."
            )
        self._keeps_conditions = True

    def _put(self, key: str, text: str, condition: dict[str, str]) -> bool:
        """Write an object; return whether the condition let it."""
        try:
            with self._answering():
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=text.encode(),
                    ContentType="text/plain; charset=utf-8",
                    **condition,
                )
        except ClientError as error:
            # An If-Match on an object that was deleted meanwhile finds nothing to match.
            if condition and _code(error) in _CONDITION_FAILED | _NOT_THERE:
                return False
            raise MemoryUnavailable(f"{self.place} cannot be written: {_code(error)}") from error
        return True

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except BotoCoreError as error:
            # Its text may hold parts of a request; its name says enough.
            raise MemoryUnavailable(f"{self.place} does not answer: {type(error).__name__}") from error


def _code(error: ClientError) -> str:
    code: str = error.response.get("Error", {}).get("Code", "")
    return code
