"""The form in which a visitor writes a network of their own."""
