"""What an API view allows that says nothing about it."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    # The views read their defaults, and with them this module, while they are imported themselves.
    from rest_framework.views import APIView


class Nobody(BasePermission):
    """Refuses everyone: a view whose author forgot to say who may use it is of use to no one."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return False
