"""Linear programs: HiGHS and OR-Tools, on one product."""

from __future__ import annotations

import time
from typing import Any

import highspy
import numpy as np
import pyarrow.parquet as pq
from ortools.linear_solver import pywraplp

from benchmarks.allocating.inputs import weight_of


def one_product(requests: str, supply: str) -> tuple[np.ndarray, np.ndarray, int]:
    rows = pq.read_table(requests).to_pandas()
    product = rows["product_id"].iloc[0]
    rows = rows[rows["product_id"] == product]
    given = pq.read_table(supply).to_pandas().set_index("product_id")["supply_units"][product]
    return rows["wanted_units"].to_numpy().astype(float), rows["tier"].map(weight_of).to_numpy(), int(given)


def by_highs(requests: str, supply: str) -> dict[str, Any]:
    """HiGHS, one linear program for one product: shares nearest to their weights.

    Maximises Σ w · share for a concave utility cut into whole units: the k-th unit of a retailer is worth w / k. Its optimum gives
    one more unit always to whom it lifts least above the others: the whole-unit form of filling by weight.
    """
    wants, weights, given = one_product(requests, supply)
    worth = np.concatenate([w / np.arange(1, int(want) + 1) for want, w in zip(wants, weights, strict=True)])
    started = time.perf_counter()
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    n = len(worth)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n, 1
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_, model.col_lower_, model.col_upper_ = worth, np.zeros(n), np.ones(n)
    model.row_lower_, model.row_upper_ = np.array([0.0]), np.array([float(given)])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.arange(n + 1)
    model.a_matrix_.index_, model.a_matrix_.value_ = np.zeros(n, np.int32), np.ones(n)
    solver.passModel(model)
    solver.run()
    total = float(np.sum(solver.getSolution().col_value))
    return {"seconds": time.perf_counter() - started, "shared": total, "rows": len(wants)}


def by_ortools(requests: str, supply: str) -> dict[str, Any]:
    """OR-Tools' linear solver on the same program."""
    wants, weights, given = one_product(requests, supply)
    started = time.perf_counter()
    solver = pywraplp.Solver.CreateSolver("GLOP")
    room = solver.Constraint(0.0, float(given))
    goal = solver.Objective()
    goal.SetMaximization()
    variables = []
    for want, weight in zip(wants, weights, strict=True):
        for k in range(1, int(want) + 1):
            variable = solver.NumVar(0.0, 1.0, "")
            room.SetCoefficient(variable, 1.0)
            goal.SetCoefficient(variable, float(weight / k))
            variables.append(variable)
    solver.Solve()
    total = sum(variable.solution_value() for variable in variables)
    return {"seconds": time.perf_counter() - started, "shared": total, "rows": len(wants)}
