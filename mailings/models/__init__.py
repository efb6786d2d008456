from mailings.models.mailings import Mailing, Segment
from mailings.models.series import Series, SeriesEntry, SeriesStep
from mailings.models.topics import ConsentRecord, FeedEntry, Subscription, Topic

__all__ = [
    "ConsentRecord",
    "FeedEntry",
    "Mailing",
    "Segment",
    "Series",
    "SeriesEntry",
    "SeriesStep",
    "Subscription",
    "Topic",
]
