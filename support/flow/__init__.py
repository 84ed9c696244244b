"""The handoff flow: trigger phrases, fields, messages and the mail, in versions over the files."""
