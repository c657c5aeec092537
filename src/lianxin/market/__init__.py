"""Market analysis: what was sold, where, to whom and how that changed, from roll-ups of the order lines down to the lines.

Verbs: refresh_rollups. Who may enter: `market.read`, each within the persons of his scope.
"""
