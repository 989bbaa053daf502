"""Carries TCP connections, and what goes over them later and later: delays where the kernel has no netem.

    delay_proxy.py IP PORT TO_PORT DELAY_MS JITTER_MS

Each piece of bytes, either way, comes DELAY_MS and up to JITTER_MS more after it was sent, in order.
"""

import asyncio
import collections
import random
import sys

PIECE_BYTES = 65_536


class Delay:
    """One direction of a connection."""

    def __init__(self, writer, delay_seconds, jitter_seconds):
        self.writer = writer
        self.delay_seconds = delay_seconds
        self.jitter_seconds = jitter_seconds
        self.waiting = collections.deque()
        self.last_due = 0

    def put(self, piece):
        loop = asyncio.get_running_loop()
        due = loop.time() + self.delay_seconds + random.uniform(0, self.jitter_seconds)
        self.last_due = max(due, self.last_due)
        self.waiting.append(piece)
        loop.call_at(self.last_due, self.let_go)

    def let_go(self):
        piece = self.waiting.popleft()
        if piece:
            self.writer.write(piece)
        else:
            self.writer.close()


async def carry(reader, writer, delay):
    way = Delay(writer, *delay)
    try:
        while piece := await reader.read(PIECE_BYTES):
            way.put(piece)
    except OSError:
        pass  # it is over as well
    way.put(b"")


async def main(ip, port, to_port, delay_ms, jitter_ms):
    delay = (float(delay_ms) / 1e3, float(jitter_ms) / 1e3)

    async def accept(reader, writer):
        try:
            there = await asyncio.open_connection(ip, int(to_port))
        except OSError:
            writer.close()
            return
        await asyncio.gather(carry(reader, there[1], delay), carry(there[0], writer, delay))

    server = await asyncio.start_server(accept, ip, int(port))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
