"""The product's core: settings, requests, outbox, notifications. Knows no Rasa, no Sanic."""
