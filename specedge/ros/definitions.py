"""Message definitions: the standard ones from rosbags, ours from the .msg files that ship.

The same typestore serves the adapter (classes, type hashes) and the recorder (bag schemas).
"""

from __future__ import annotations

import os
from functools import lru_cache

from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from specedge.paths import shared

PACKAGE = "specedge_msgs"

# rosbags keeps the fields of a definition, but not its default values. Of the messages used
# here, one has defaults other than zero: common_interfaces, geometry_msgs/msg/Quaternion.msg.
DEFAULTS: dict[str, dict[str, float]] = {"geometry_msgs/msg/Quaternion": {"w": 1.0}}


@lru_cache(maxsize=1)
def typestore() -> Typestore:
    """Returns the definitions of ROS 2 Jazzy, or of a sourced Humble, with those of specedge_msgs.

    Of the messages in use only one differs, by which nodes find each other: Gid is longer there.

    Raises:
        SharedFileMissing: specedge was installed without its .msg files.
    """
    humble = os.environ.get("ROS_DISTRO") == "humble"
    store = get_typestore(Stores.ROS2_HUMBLE if humble else Stores.ROS2_JAZZY)
    for path in sorted(shared("ros2_ws", "src", PACKAGE, "msg").glob("*.msg")):
        name = f"{PACKAGE}/msg/{path.stem}"
        store.register(get_types_from_msg(path.read_text(encoding="utf-8"), name))
    return store
