"""camera_node: pictures with their capture stamps, the newest first and no other.

Publishes /camera/image_raw/compressed, /camera/camera_info, /camera/heartbeat and /diagnostics, and
where a Go2 has its camera on /tf_static.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
import time

from specedge import ros
from specedge.camera import jpeg
from specedge.camera.intrinsics import GO2_HORIZONTAL_FIELD, Intrinsics
from specedge.camera.sources import GO2, Picture, open_source
from specedge.nodes import topics, wire
from specedge.nodes.profiles import BASE_FRAME, CAMERA_FRAME, LATCHED, RELIABLE, robot_domain
from specedge.ros import messages
from specedge.ros.settings import Setting, declare

HEARTBEAT_PERIOD = 0.03
"""Seconds; a quarter of the silence that motion_controller_node allows (camera_silence)."""

GO2_CAMERA = (0.32715, -0.00003, 0.04297)
"""Where a Go2 has its front camera, looking straight ahead: m, in `BASE_FRAME` (its URDF)."""

SETTINGS = (
    Setting("source", GO2, "go2, device:N, or the path of a video file or a folder of pictures"),
    Setting("network_interface", "", "Interface the Go2 is connected to; 'lo' when simulated"),
    Setting("rate", 10.0, "Pictures per second at most", "Hz", 0.5, 60.0),
    Setting(
        "horizontal_field",
        GO2_HORIZONTAL_FIELD,
        "Field of view from the left edge to the right one, for camera_info",
        "rad",
        0.1,
        math.pi - 0.1,
    ),
)


class CameraNode(ros.Node):
    """See the module."""

    def __init__(self) -> None:
        super().__init__("camera_node")
        values = declare(self, SETTINGS)
        self._field: float = values["horizontal_field"]
        self._name: str = values["source"]
        self._stamp = messages.Time()
        self._size = (0, 0)
        self._count = 0
        self._bad = ""
        # One depth: a reader that is late gets the newest picture and no other.
        newest = ros.QoSProfile(depth=1)
        self._image = self.create_publisher(messages.CompressedImage, topics.IMAGE, newest)
        self._info = self.create_publisher(messages.CameraInfo, topics.CAMERA_INFO, newest)
        self._beat = self.create_publisher(messages.Header, topics.CAMERA_HEARTBEAT, newest)
        self._health = self.create_publisher(messages.DiagnosticArray, topics.DIAGNOSTICS, RELIABLE)
        self._source = open_source(
            self._name,
            domain=robot_domain(values["network_interface"]),
            network_interface=values["network_interface"],
            rate=values["rate"],
        )
        self._mount = self.create_publisher(messages.TFMessage, topics.TF_STATIC, LATCHED)
        if self._name == GO2:
            self._publish_mount()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._forward, name="pictures out", daemon=True)
        self._thread.start()
        steady = ros.steady_clock()
        self.create_timer(HEARTBEAT_PERIOD, self._on_beat, clock=steady)
        self.create_timer(1.0, self._on_diagnostics, clock=steady)

    def close(self) -> None:
        """Releases the camera."""
        self._closing.set()
        self._thread.join(timeout=2.0)
        self._source.close()

    def _forward(self) -> None:
        """Publishes every picture, away from the heartbeat, which must not wait for a reader."""
        try:
            self._forward_until_closed()
        except Exception as error:
            if self._closing.is_set():
                return  # the publishers are gone
            self.get_logger().fatal(f"no more pictures go out: {error}")
            # A node that can show nothing any more had better be started again.
            os.kill(os.getpid(), signal.SIGTERM)

    def _forward_until_closed(self) -> None:
        picture: Picture | None = None
        while not self._closing.is_set():
            newer = self._source.next(picture, timeout=0.2)
            if newer is None:
                # A source that has ended answers at once.
                self._closing.wait(0.05 if self._source.fault() else 0.0)
                continue
            picture = newer
            self._publish(picture)

    def _publish(self, picture: Picture) -> None:
        try:
            self._size = jpeg.size(picture.jpeg)
        except jpeg.NotAPicture as error:
            self._bad = str(error)
            return
        self._bad = ""
        self._count += 1
        header = wire.header(picture.captured, CAMERA_FRAME)
        self._image.publish(
            messages.CompressedImage(header=header, format="jpeg", data=picture.jpeg)
        )
        model = Intrinsics.from_field(*self._size, self._field)
        self._info.publish(
            messages.CameraInfo(
                header=header,
                width=model.width,
                height=model.height,
                distortion_model="plumb_bob",
                d=[0.0] * 5,
                k=list(model.matrix),
                r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
                p=list(model.projection),
            )
        )
        self._stamp = header.stamp

    def _publish_mount(self) -> None:
        transform = messages.TransformStamped(
            header=wire.header(wire.clock_of(self), BASE_FRAME), child_frame_id=CAMERA_FRAME
        )
        place, turn = transform.transform.translation, transform.transform.rotation
        place.x, place.y, place.z = GO2_CAMERA
        # From x forward and z up to z forward and y down (REP-103).
        turn.x, turn.y, turn.z, turn.w = -0.5, 0.5, -0.5, 0.5
        self._mount.publish(messages.TFMessage(transforms=[transform]))

    def _on_beat(self) -> None:
        self._beat.publish(messages.Header(stamp=self._stamp, frame_id=CAMERA_FRAME))

    def _on_diagnostics(self) -> None:
        fault = self._bad or self._source.fault()
        width, height = self._size
        values = [
            ("source", self._name),
            ("pictures", str(self._count)),
            ("size", f"{width}x{height}"),
            ("age of the newest", f"{time.time() - wire.seconds(self._stamp):.2f} s"),
        ]
        self._health.publish(
            wire.diagnostics(time.time(), "camera_node", 2 if fault else 0, fault or "ok", values)
        )
        if fault:
            self.get_logger().warning(fault, throttle_duration_sec=5.0)


def main() -> int:
    """Runs the node until SIGINT or SIGTERM."""
    return ros.run(CameraNode)


if __name__ == "__main__":
    sys.exit(main())
