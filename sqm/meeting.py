"""The service meeting: its agenda, decisions and actions, and the slides it shows. Pure: no database, no screen.

The whole of it is reached from here; the parts are ``meetings/meeting.py`` (the meeting and its commands), ``actions.py``, ``standards.py``,
``agenda.py`` (the proposal) and ``slides.py`` (what is shown, as plain data).
"""

from sqm.meetings import actions, agenda, meeting, slides, standards
from sqm.meetings.actions import Action, Cause, Expected, Note
from sqm.meetings.meeting import KINDS, OFTEN, SOURCES, STATES, Decision, Item, Meeting, new_id
from sqm.meetings.slides import Figure, Line, MeetingRefused, Point, Slide, seal
from sqm.meetings.standards import Standard, Taken

__all__ = ["KINDS", "OFTEN", "SOURCES", "STATES", "Action", "Cause", "Decision", "Expected", "Figure", "Item", "Line", "Meeting", "MeetingRefused", "Note", "Point",
           "Slide", "Standard", "Taken", "actions", "agenda", "meeting", "new_id", "seal", "slides", "standards"]
