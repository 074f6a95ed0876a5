"""What is durable: the case workflow that interprets a definition. Deterministic."""
