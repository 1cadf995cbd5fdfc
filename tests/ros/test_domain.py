"""The DDS domain and its configuration."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from specedge.ros.cyclone.context import Context
from specedge.ros.domain import domain_id, loopback_configuration
from specedge.ros.errors import BadArguments, GraphUnavailable


@pytest.mark.parametrize(("text", "number"), [("", 0), ("0", 0), (" 42 ", 42), ("101", 101)])
def test_the_domain_is_that_of_the_environment(text, number):
    assert domain_id({"ROS_DOMAIN_ID": text}) == number


@pytest.mark.parametrize("text", ["-1", "102", "one", "1.0", "²"])
def test_a_domain_that_cannot_be_is_refused(text):
    with pytest.raises(BadArguments, match="ROS_DOMAIN_ID"):
        domain_id({"ROS_DOMAIN_ID": text})


def test_the_loopback_configuration_names_no_other_interface():
    root = ElementTree.fromstring(loopback_configuration())
    assert [i.get("name") for i in root.iter("NetworkInterface")] == ["lo"]
    assert root.findtext("Domain/General/AllowMulticast") == "false"


def test_an_interface_that_is_not_there_is_reported_with_what_to_check(dds_domain, monkeypatch):
    monkeypatch.setenv(
        "CYCLONEDDS_URI", loopback_configuration().replace('"lo"', '"no-such-interface"')
    )
    context = Context()
    context.init([])
    try:
        with pytest.raises(GraphUnavailable, match="CYCLONEDDS_URI"):
            context.participant()
    finally:
        context.shutdown()
