"""Ways to tell the team: one file, one class, one method `send` each."""
