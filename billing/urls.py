"""Public addresses of billing, below /i/."""

from django.urls import path

from billing.views import documents, mine, orders

app_name = "billing"
urlpatterns = [
    path("my/", mine.my_invoices, name="my_invoices"),
    path("order/<int:pk>/<str:token>/", orders.order_page, name="order"),
    path("order/<int:pk>/<str:token>/thanks/", orders.order_done, name="order_done"),
    path(
        "order/<int:pk>/<str:token>/paper/<int:paper_pk>/", orders.order_paper, name="order_paper"
    ),
    path("<uuid:pk>/share/<int:organisation>/<str:token>/", documents.share, name="share"),
    path("<uuid:pk>/<str:token>/", documents.download, name="download"),
    path("<uuid:pk>/<str:token>/page/", documents.invoice_page, name="page"),
    path("<uuid:pk>/<str:token>/invoice.xml", documents.xml, name="xml"),
    path("<uuid:pk>/<str:token>/shares.csv", documents.shares, name="shares"),
    path("<uuid:pk>/<str:token>/usage.csv", documents.usage, name="usage"),
    path("<uuid:pk>/<str:token>/paper/<int:paper_pk>/", documents.paper, name="paper"),
]
