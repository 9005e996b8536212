"""Conversations: a message came, we answer."""
