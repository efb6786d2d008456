"""Addresses. Public pages live under short paths of their app."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from backoffice import views, wiring
from backoffice.delivery.views.amazon import AmazonInbound, AmazonTracking
from contacts.urls import apply_patterns, duty_patterns

wiring.wire_staff_pages()

urlpatterns = [
    path("", views.front_door, name="front_door"),
    path("after-sign-in/", views.after_sign_in, name="after_sign_in"),
    path("my/", views.my_home, name="my_home"),
    path("favicon.ico", views.icon),
    path("health/live", views.live, name="health_live"),
    path("health/ready", views.ready, name="health_ready"),
    path("language/", set_language, name="set_language"),
    path("accounts/", include("allauth.urls")),
    path("u/", include("backoffice.delivery.urls")),
    path("p/", include("contacts.privacy.urls")),
    path("i/", include("billing.urls")),
    path("vote/", include("governance.urls")),
    path("news/", include("mailings.urls")),
    path("apply/", include(apply_patterns)),
    path("duty/", include(duty_patterns)),
    path("admin/", admin.site.urls),
]
if settings.ROLLCALL_WEBHOOK_SECRET:
    # Without a secret anybody could report bounces, so there is no webhook then.
    urlpatterns += [
        path("anymail/amazon_ses/tracking/", AmazonTracking.as_view()),
        path("anymail/amazon_ses/inbound/", AmazonInbound.as_view()),
        path("anymail/", include("anymail.urls")),
    ]
