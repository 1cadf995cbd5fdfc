"""An MCAP file that is whole after every chunk, so that it outlives its writer.

A reader wants the footer at the end of the file, which an ordinary writer adds when it closes.
Here every chunk is followed by a footer, in the same write, and the next chunk takes its place.
"""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path
from typing import Any

from rosbags.rosbag2 import CompressionMode, StoragePlugin, Writer
from rosbags.rosbag2.metadata import dump_qos_v8
from rosbags.rosbag2.storage_mcap import McapWriter

MAGIC = b"\x89MCAP0\r\n"
ENDING = (
    struct.pack("<BQI", 0x0F, 4, 0)  # DataEnd without a checksum
    + struct.pack("<BQQQI", 0x02, 20, 0, 0, 0)  # Footer: there is no summary, scan the chunks
    + MAGIC
)
"""What makes the file whole (https://mcap.dev/spec), until there is an index to close it with."""

BUFFER_BYTES = 8 << 20
"""A chunk ends at 1 MiB and one message; together with its ending it is one write."""


class WholeMcapWriter(McapWriter):
    """See the module."""

    def __init__(self, path: Path, compression: CompressionMode) -> None:
        super().__init__(path, compression)
        unbuffered: io.RawIOBase = self.bio.detach()
        self.bio: io.BufferedWriter = io.BufferedWriter(unbuffered, BUFFER_BYTES)

    def close_chunk(self) -> None:
        """Ends the chunk; all until then is in the operating system's hands."""
        super().close_chunk()
        end_of_data = self.bio.tell()
        self.bio.write(ENDING)
        self.bio.flush()
        self.bio.seek(end_of_data)


class WholeBagWriter(Writer):
    """A rosbag2 folder of metadata version 8 whose file is whole after every chunk."""

    STORAGE_PLUGINS = {StoragePlugin.MCAP: WholeMcapWriter}  # noqa: RUF012  as the parent has it

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, version=8, storage_plugin=StoragePlugin.MCAP)

    def flush(self) -> None:
        """Makes everything written so far readable from outside; harmless when closed."""
        storage = self.storage
        if storage is None:
            return
        if storage.chunk.bio.tell():
            storage.close_chunk()
        # YAML in its JSON style: writing it in the other takes a hundred times as long.
        draft = self.metapath.with_suffix(".yaml.tmp")
        draft.write_text(json.dumps({"rosbag2_bagfile_information": self._information()}))
        draft.replace(self.metapath)

    def _information(self) -> dict[str, Any]:
        """Returns what metadata.yaml says of an uncompressed bag in one file."""
        count = sum(self.counts.values())
        span: dict[str, Any] = {
            "duration": {"nanoseconds": max(0, self.max_timestamp - self.min_timestamp)},
            "starting_time": {"nanoseconds_since_epoch": self.min_timestamp},
            "message_count": count,
        }
        file = self.storage.path.name
        topics = [
            {
                "topic_metadata": {
                    "name": connection.topic,
                    "type": connection.msgtype,
                    "serialization_format": connection.ext.serialization_format,
                    "offered_qos_profiles": dump_qos_v8(connection.ext.offered_qos_profiles),
                    "type_description_hash": connection.digest,
                },
                "message_count": self.counts[connection.id],
            }
            for connection in self.connections
        ]
        return {
            "version": self.version,
            "storage_identifier": self.storage_plugin.name.lower(),
            "relative_file_paths": [file],
            **span,
            "topics_with_message_count": topics,
            "compression_format": "",
            "compression_mode": "",
            "files": [{"path": file, **span}],
            "custom_data": None,
            "ros_distro": "rosbags",
        }
