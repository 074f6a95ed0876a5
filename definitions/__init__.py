"""The policy: definitions, the organisation, and the rules; pure (see README.md)."""
