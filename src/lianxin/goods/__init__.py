"""The goods: products with their dated prices and price classes."""
