from rest_framework.permissions import BasePermission


class Declared(BasePermission):
    pass
