"""What to do: for each segment a goal, an action, and how one will know that it worked."""

from __future__ import annotations

from analytics.recommend.playbook import PLAYBOOK, Play, play_for

__all__ = ["PLAYBOOK", "Play", "play_for"]
