"""Feeds fetched from where they are published."""

from chariot.adapters.feed_download.download import HttpDownloads

__all__ = ["HttpDownloads"]
