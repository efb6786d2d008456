"""Public addresses below /vote/."""

from __future__ import annotations

from django.urls import path

from governance.views import ballot, candidates, meetings, my, public

app_name = "governance"
urlpatterns = [
    path("", public.index, name="index"),
    path("my/", my.votes, name="my_votes"),
    path("my/stand/", candidates.stand, name="stand"),
    path("my/propose/", candidates.propose, name="propose"),
    path("my/support/<int:pk>", candidates.support, name="support"),
    path("my/motion/", meetings.motion, name="motion"),
    path("candidature/<int:pk>/<str:token>/", candidates.candidature, name="candidature"),
    path("minutes/<int:pk>/<str:token>/", meetings.minutes, name="minutes"),
    path("my/<int:pk>/send", my.send_again, name="send_again"),
    path("<slug:slug>/", ballot.ballot, name="ballot"),
    path("<slug:slug>/voter", ballot.voter, name="voter"),
    path("<slug:slug>/cast", ballot.cast, name="cast"),
    path("<slug:slug>/plain", ballot.plain, name="plain"),
    path("<slug:slug>/about/", public.election, name="election"),
    path("<slug:slug>/definition.json", public.definition, name="definition"),
    path("<slug:slug>/board/", public.board, name="board"),
    path("<slug:slug>/check/", public.check, name="check"),
    path("<slug:slug>/roll/", public.roll_page, name="roll"),
    path("<slug:slug>/roll/check", public.roll_check, name="roll_check"),
    path("<slug:slug>/result/", public.result, name="result"),
    path("<slug:slug>/photo/<slug:contest>/<slug:code>.jpg", candidates.photo, name="photo"),
    path("<slug:slug>/files/<str:name>", public.file, name="file"),
]
