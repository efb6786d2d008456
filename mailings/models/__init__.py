from mailings.models.groups import GroupLink, GroupMember
from mailings.models.mailings import Mailing, MailingFile, Segment
from mailings.models.series import Series, SeriesEntry, SeriesStep
from mailings.models.topics import ConsentRecord, FeedEntry, Subscription, Topic

__all__ = [
    "ConsentRecord",
    "FeedEntry",
    "GroupLink",
    "GroupMember",
    "Mailing",
    "MailingFile",
    "Segment",
    "Series",
    "SeriesEntry",
    "SeriesStep",
    "Subscription",
    "Topic",
]
