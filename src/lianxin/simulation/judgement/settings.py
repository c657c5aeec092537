"""How large the simulated company is and what kinds of people forecast in it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class JudgementSettings:
    """Of one simulated company. `kinds` names the kind of each manager in turn, again from the start when they run out."""

    seed: int = 1
    n_managers: int = 20
    n_retailers: int = 30
    n_products: int = 6
    n_history: int = 18
    n_rounds: int = 12
    n_units: int = 2
    # Of a manager's lines, how many a round sees a number entered for.
    entered_share: float = 0.12
    # Of the lines, how many something is known about that history does not tell.
    evidence_share: float = 0.15
    # Of the retailers, how many order in fives and tens.
    heaping_share: float = 0.4
    mean_units: float = 9.0
    copied_share: float = 0.85
    optimism: float = 1.3
    kinds: tuple[str, ...] = field(
        default=(
            "diligent", "expert", "anchored", "copier", "rounder", "diligent", "optimist", "anchored", "hasty", "system_copier",
        )
    )  # fmt: skip
