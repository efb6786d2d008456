"""Public addresses of billing, below /i/."""

from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("<uuid:pk>/<str:token>/", views.download, name="download"),
    path("<uuid:pk>/<str:token>/shares.csv", views.shares, name="shares"),
]
