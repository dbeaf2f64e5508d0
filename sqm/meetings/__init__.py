"""The parts of a service meeting, pure: the meeting and its agenda, actions, the slides it shows. Reached through ``sqm.meeting``."""
