import pytest

from lianxin.foundation import facts
from tests import factories

pytestmark = pytest.mark.django_db


def test_publishing_what_did_not_change_keeps_every_version(company):
    factories.person(factories.unit(company))
    lake = facts.the_lake()

    first = facts.publish(company, lake)
    again = facts.publish(company, lake)
    factories.person(factories.unit(company, "城北市场部"))
    after = facts.publish(company, lake)

    assert again == first
    changed = {name for name in first if after[name] != first[name]}
    assert changed == {"postings", "units"}


def test_publishing_one_table_leaves_the_others(company):
    factories.person(factories.unit(company))

    versions = facts.publish(company, facts.the_lake(), only="units")

    assert list(versions) == ["units"]
    assert facts.the_lake().read("postings").num_rows == 0


def test_a_table_without_contract_cannot_be_registered():
    with pytest.raises(KeyError):
        facts.register("nobody_knows_it", lambda company: None)
