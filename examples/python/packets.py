"""Packets of a stream, and the messages within them (docs/protocol.md, "Streams")."""

import secrets
import struct

ACCEPT, HEAD, DATA, LAST, CREDIT, END, ALIVE = range(1, 8)

WINDOW_BYTES = 1 << 20
OPENING_BYTES = 64 << 10
PIECE_BYTES = 32 << 10
MAX_MESSAGE_BYTES = 16 << 20
ALIVE_SECONDS = 5
STALLED_SECONDS = 15


class StreamBroken(Exception):
    """What came in is not what the other side sent."""


class PacketWriter:
    """Numbers the packets of one end of a stream."""

    def __init__(self):
        self.sender = secrets.randbits(32)
        self.sequence = 0

    def packet(self, *frames):
        """The bytes of a packet of `(kind, payload)` frames."""
        parts = [struct.pack(">II", self.sender, self.sequence)]
        for kind, payload in frames:
            parts.append(struct.pack(">BI", kind, len(payload)) + payload)
        self.sequence = (self.sequence + 1) % 2**32
        return b"".join(parts)


class PacketReader:
    """Takes packets in order, and puts the messages in them together again."""

    def __init__(self):
        self.sender = None
        self.sequence = 0
        self.stream = bytearray()

    def frames(self, packet):
        """The frames of the next packet; none for one that came before, or from elsewhere."""
        sender, sequence = struct.unpack_from(">II", packet)
        self.sender = sender if self.sender is None else self.sender
        ahead = (sequence - self.sequence) % 2**32
        if sender != self.sender or ahead >= 2**31:
            return []
        if ahead > 0:
            raise StreamBroken(f"{ahead} packets before number {sequence} are missing")
        self.sequence = (sequence + 1) % 2**32
        frames, at = [], 8
        while at < len(packet):
            kind, length = struct.unpack_from(">BI", packet, at)
            frames.append((kind, bytes(packet[at + 5 : at + 5 + length])))
            at += 5 + length
        if at > len(packet):
            raise StreamBroken("a packet ends within a frame")
        return frames

    def messages(self, data):
        """The messages that `data` completes."""
        self.stream += data
        complete = []
        while len(self.stream) >= 5:
            flags, length = struct.unpack_from(">BI", self.stream)
            if flags != 0 or length > MAX_MESSAGE_BYTES:
                raise StreamBroken(f"a message with the flags {flags} and {length} bytes")
            if len(self.stream) < 5 + length:
                break
            complete.append(bytes(self.stream[5 : 5 + length]))
            del self.stream[: 5 + length]
        return complete


def envelope(message):
    """A message as it stands in the byte stream."""
    return struct.pack(">BI", 0, len(message)) + message


def u32(value):
    return struct.pack(">I", value)
