"""What Rasa calls. Importing it lets `rasa run actions` find the server's extensions too."""

from rasa_sdk.plugin import plugin_manager

from actions import server

if not plugin_manager().is_registered(server):
    plugin_manager().register(server)
