"""Support Operations for admins: the JSON API and the pages, on the action server."""
