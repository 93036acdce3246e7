"""A worker that serves EchoService.Echo (unary) and EchoService.Generate (server streaming)."""

import asyncio
import itertools
import os
import secrets
import struct

import nats

from contract import SERVICE, load
from errors import CANCELLED, DATA_LOSS, INVALID_ARGUMENT, CallError, error_headers, header_block
from packets import (
    ACCEPT, ALIVE, ALIVE_SECONDS, CREDIT, DATA, END, LAST, PIECE_BYTES, STALLED_SECONDS, WINDOW_BYTES,
    PacketReader, PacketWriter, StreamBroken, envelope, u32,
)  # fmt: skip

INSTANCE = secrets.token_hex(8)
METHODS = load()


async def echo(request):
    yield METHODS["Echo"][1](payload=request.payload)


async def generate(request):
    if request.count < 0:
        raise CallError(INVALID_ARGUMENT, f"count must be 0 or more, not {request.count}")
    for _ in range(request.count):
        yield METHODS["Generate"][1](payload=bytes(request.payload_bytes))


HANDLERS = {"Echo": echo, "Generate": generate}


class Stream:
    """One call whose messages come as a stream, from its opening to its end."""

    def __init__(self, nc, number, opening):
        self.nc, self.caller = nc, opening.reply
        self.subject = f"rpc.i.{INSTANCE}.s.{number}"
        self.credit = int(opening.headers["bl-stream"])
        self.more_credit, self.request = asyncio.Event(), asyncio.get_running_loop().create_future()
        self.failure = CallError(CANCELLED, "the call was cancelled")
        self.writer, self.reader, self.owed, self.silent_for = PacketWriter(), PacketReader(), 0, 0

    async def send(self, *frames, probe=False):
        await self.nc.publish(self.caller, self.writer.packet(*frames), reply=self.subject if probe else "")

    async def receive(self, packet, call):
        self.silent_for = 0
        try:
            for kind, payload in self.reader.frames(packet):
                if kind == DATA:
                    self.owed += len(payload)
                    for message in self.reader.messages(payload):
                        self.request.set_result(message)
                elif kind == CREDIT:
                    self.credit += int.from_bytes(payload, "big")
                    self.more_credit.set()
        except (StreamBroken, struct.error, asyncio.InvalidStateError) as error:
            self.failure = CallError(DATA_LOSS, str(error))
            call.cancel()
        if self.owed >= WINDOW_BYTES // 2 and not self.request.done():
            owed, self.owed = self.owed, 0
            await self.send((CREDIT, u32(owed)), probe=True)

    async def write(self, stream):
        while stream:
            while self.credit == 0:
                self.more_credit.clear()
                await self.more_credit.wait()
            piece = stream[: min(PIECE_BYTES, self.credit)]
            stream = stream[len(piece) :]
            self.credit -= len(piece)
            await self.send((DATA, piece))

    async def stay_alive(self, call):
        while self.silent_for < STALLED_SECONDS:
            await asyncio.sleep(ALIVE_SECONDS)
            self.silent_for += ALIVE_SECONDS
            await self.send((ALIVE, b""), probe=True)
        call.cancel()

    async def run(self, method):
        alive = asyncio.create_task(self.stay_alive(asyncio.current_task()))
        try:
            await self.send((ACCEPT, u32(WINDOW_BYTES) + self.subject.encode()))
            request = METHODS[method][0].FromString(await self.request)
            async for response in HANDLERS[method](request):
                await self.write(envelope(response.SerializeToString()))
            await self.send((LAST, b""), (END, u32(0)))
        except (Exception, asyncio.CancelledError) as error:
            cancelled = isinstance(error, asyncio.CancelledError)
            head = header_block(error_headers(self.failure if cancelled else error))
            await self.send((END, u32(len(head)) + head))
        finally:
            alive.cancel()


async def unary(nc, method, message):
    try:
        request = METHODS[method][0].FromString(message.data)
        async for response in HANDLERS[method](request):
            await nc.publish(message.reply, response.SerializeToString())
    except Exception as error:
        await nc.publish(message.reply, b"", headers=error_headers(error))


async def main():
    nc = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
    calls, streams, numbers = {}, {}, itertools.count()

    def accept(method):
        async def on_request(message):
            number = str(next(numbers))
            stream = Stream(nc, number, message) if "bl-stream" in (message.headers or {}) else None
            call = asyncio.create_task(stream.run(method) if stream else unary(nc, method, message))
            calls[message.reply] = call
            call.add_done_callback(lambda _: (calls.pop(message.reply), streams.pop(number, None)))
            if stream:
                streams[number] = (stream, call)
                await stream.receive(message.data, call)

        return on_request

    async def on_notice(message):
        *_, before, last = message.subject.split(".")
        if last == "cancel":
            for subject in message.data.decode().split("\n"):
                subject in calls and calls[subject].cancel()
        elif before == "s" and last in streams:
            stream, call = streams[last]
            # With headers it is the broker's 503: nobody hears this stream any more.
            call.cancel() if message.headers else await stream.receive(message.data, call)

    await nc.subscribe(f"rpc.i.{INSTANCE}.>", cb=on_notice)
    await nc.subscribe(f"rpc.b.{SERVICE}.*", cb=on_notice)
    for method in HANDLERS:
        await nc.subscribe(f"rpc.u.{SERVICE}.{method}", queue="q", cb=accept(method))
    await nc.flush()
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
