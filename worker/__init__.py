"""The composition root: settings, the Temporal worker, the embedded server, the commands."""
