"""Public pages of the mail engine."""

from django.urls import path

from backoffice.delivery.views.unsubscribe import unsubscribe_page

urlpatterns = [path("<str:token>", unsubscribe_page, name="unsubscribe")]
