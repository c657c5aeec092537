"""How well hollow visits and copied notes are found, on worlds whose truth is known, and how fast."""
