"""ROS names and what they are in DDS."""

from __future__ import annotations

import pytest

from specedge.ros.cyclone import names
from specedge.ros.cyclone.endpoints import WrongMessageType
from specedge.ros.cyclone.types import message_class
from specedge.ros.errors import InvalidName

String = message_class("std_msgs/msg/String")


@pytest.mark.parametrize(
    ("name", "absolute"),
    [
        ("/odom", "/odom"),
        ("odom", "/dog/odom"),
        ("~/odom", "/dog/walker/odom"),
        ("~", "/dog/walker"),
    ],
)
def test_a_name_is_expanded_as_the_node_means_it(name, absolute):
    assert names.expand(name, "walker", "/dog") == absolute


@pytest.mark.parametrize("name", ["", "/", "a b", "/1a", "a//b", "a-b", "/a/", "ä", "a__b", "a\n"])
def test_a_topic_name_that_ros_does_not_allow_is_refused(name):
    with pytest.raises(InvalidName):
        names.expand(name, "walker", "/")


@pytest.mark.parametrize("name", ["", "1a", "a/b", "a b", "a\n"])
def test_a_node_name_that_ros_does_not_allow_is_refused(name):
    with pytest.raises(InvalidName, match="node name"):
        names.check_node_name(name)


def test_topics_services_and_types_have_the_dds_names_of_ros():
    assert names.dds_topic("/camera/info") == "rt/camera/info"
    assert names.dds_service_topics("/a/stop") == ("rq/a/stopRequest", "rr/a/stopReply")
    assert names.dds_type("std_msgs/msg/String") == "std_msgs::msg::dds_::String_"
    assert names.dds_type("std_srvs/srv/Trigger_Request") == "std_srvs::srv::dds_::Trigger_Request_"


def test_a_node_refuses_a_wrong_topic_or_type_by_name(spinner):
    with pytest.raises(InvalidName, match="'a b'"):
        spinner.node.create_publisher(String, "a b", 1)
    with pytest.raises(WrongMessageType, match=r"/text needs a message class, not <class 'str'>"):
        spinner.node.create_subscription(str, "/text", print, 1)
    with pytest.raises(WrongMessageType, match="/stop needs a service type"):
        spinner.node.create_client(String, "/stop")


def test_a_publisher_refuses_a_message_of_another_type(spinner):
    publisher = spinner.node.create_publisher(String, "/text", 1)
    wrong = message_class("std_msgs/msg/Header")()
    with pytest.raises(WrongMessageType, match=r"/text carries std_msgs/msg/String, not .*Header"):
        publisher.publish(wrong)
