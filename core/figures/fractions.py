"""Fractions that a reader takes in as a word."""

FRACTIONS = {
    "three quarters": 3 / 4,
    "two thirds": 2 / 3,
    "half": 1 / 2,
    "a third": 1 / 3,
    "a quarter": 1 / 4,
    "a fifth": 1 / 5,
    "a sixth": 1 / 6,
    "an eighth": 1 / 8,
    "a tenth": 1 / 10,
    "a twentieth": 1 / 20,
}
