"""SQM: a service-quality cockpit for telecom operators."""

__version__ = "0.1.0"
