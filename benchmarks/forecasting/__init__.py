"""How well, how fast and in how much memory demand is forecast, beside the peers, on real orders of a monopoly wholesaler."""
