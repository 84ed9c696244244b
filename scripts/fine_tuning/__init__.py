"""How the sentence model was fine-tuned: sentences, training, packing."""
