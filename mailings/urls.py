"""Public pages under /news/."""

from django.urls import path

from mailings.views import news, preferences

urlpatterns = [
    path("", news.topics_page, name="news"),
    path("subscribe/", news.subscribe_page, name="news_subscribe"),
    path("confirm/<str:token>", news.confirm_page, name="news_confirm"),
    path("preferences/<str:token>", preferences.preferences_page, name="news_preferences"),
    path("<slug:code>/", news.topic_page, name="news_topic"),
    path("<slug:code>/feed.atom", news.topic_feed, name="news_feed"),
    path("<slug:code>/<int:number>/", news.archived_mailing, name="news_mailing"),
]
