"""SQM: opens the frame, which knows the pages."""

from sqm.ui import frame

frame.run()
