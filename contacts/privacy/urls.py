from django.urls import path

from contacts.privacy import hooks, views

urlpatterns = [
    path("hooks/zendesk/", hooks.zendesk, name="privacy_hook_zendesk"),
    path("hooks/front/", hooks.front, name="privacy_hook_front"),
    path("request/", views.request_form, name="privacy_request"),
    path("thanks/", views.thanks, name="privacy_thanks"),
    path("confirm/<str:token>/", views.confirm, name="privacy_confirm"),
    path("export/<str:token>/", views.export, name="privacy_export"),
]
