import pytest

from lianxin.appraisal import actions, computing
from lianxin.engine import spark_available
from lianxin.foundation.facts import the_lake
from tests.appraisal.world import AT, MONTH

REASON = spark_available()


@pytest.mark.django_db
@pytest.mark.spark
@pytest.mark.xdist_group("spark")
@pytest.mark.requirement("J4")
@pytest.mark.skipif(REASON is not None, reason=str(REASON))
def test_a_closing_has_the_same_digest_on_duckdb_and_on_spark(world, scheme, spark):
    closing = actions.close(company=world.company, month=MONTH, by=None, at=AT).closing

    assert closing.engine == "duckdb"
    assert computing.recomputed_digest(closing, spark, the_lake()) == closing.digest
