"""Call plans beside plans that are simpler to make: days drawn at random, nearest neighbour, OR-Tools."""
