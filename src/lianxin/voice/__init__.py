"""What retailers say, heard so that no answer leads back to who gave it: surveys of satisfaction.

An office outside the line holds a survey and brings a file of its anonymous questionnaires (docs/explanation/satisfaction.md).
Nobody who is judged by them, or leads who is, brings them, takes them out or reads one; figures are made of enough of them only.
"""
