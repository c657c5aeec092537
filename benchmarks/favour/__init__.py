"""How many honest rounds are asked about, and how much favour is found."""
