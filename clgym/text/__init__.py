"""What every family does with text: reading answers, picking phrasings, small English, invented names."""
