"""Order lines of a small made-up city, from a seed."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa


def city_orders(
    n_retailers: int = 30, n_products: int = 8, weeks: int = 84, seed: int = 7, begin: date = date(2020, 1, 6)
) -> pa.Table:
    """Lines of the weeks from `begin` on: shops of several sizes, goods of several speeds, orders on Tuesday or Friday."""
    generator = np.random.default_rng(seed)
    shop = generator.gamma(2.0, 0.5, n_retailers)
    goods = generator.gamma(1.0, 2.0, n_products)
    rate = np.outer(shop, goods).ravel()
    units = generator.negative_binomial(0.8, np.broadcast_to(0.8 / (0.8 + rate[:, None]), (len(rate), weeks)))
    series, week = np.nonzero(units)
    day = week * 7 + np.where(series % 2 == 0, 1, 4)
    return pa.table(
        {
            "order_date": pa.array([begin + timedelta(days=int(n)) for n in day], pa.date32()),
            "retailer_id": pa.array([f"r{number // n_products:03d}" for number in series]),
            "product_id": pa.array([f"p{number % n_products:02d}" for number in series]),
            "ordered_units": pa.array(units[series, week].astype(np.int64)),
        }
    )
