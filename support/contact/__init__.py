"""The contact form: a page and two JSON calls that work without the chat, on either server."""
