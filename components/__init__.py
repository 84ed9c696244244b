"""What runs inside the Rasa server beside Rasa itself."""
