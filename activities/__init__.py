"""What touches the world for a workflow: commits to the store, and mail. Thin."""
