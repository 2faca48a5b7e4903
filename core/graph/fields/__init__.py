"""Which pixels of the input a unit depends on, and along which paths."""
