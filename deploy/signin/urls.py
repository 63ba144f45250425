"""Mounted at `/sign-in/`. The names are those that django-allauth looks for."""

from django.urls import path, re_path

from deploy.signin import views

urlpatterns = [
    path("keys.json", views.keys, name="sign-in-keys"),
    re_path("^(?P<provider_id>citizens|staff)/$", views.leave, name="openid_connect_login"),
    re_path("^(?P<provider_id>citizens|staff)/callback/$", views.come_back, name="openid_connect_callback"),
]
