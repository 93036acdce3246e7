"""Calls EchoService: `client.py echo TEXT`, or `client.py generate COUNT BYTES [TAKE]`."""

import asyncio
import json
import os
import sys

import nats

from contract import SERVICE, load
from errors import CallError, parse_header_block, raise_error
from packets import (
    ACCEPT, ALIVE, ALIVE_SECONDS, CREDIT, DATA, END, LAST, STALLED_SECONDS, WINDOW_BYTES,
    PacketReader, PacketWriter, StreamBroken, envelope, u32,
)  # fmt: skip

METHODS = load()
TIMEOUT_SECONDS = 30


async def call(nc, method, request):
    """A unary call: nothing but NATS request and reply."""
    reply = await nc.request(
        f"rpc.u.{SERVICE}.{method}",
        request.SerializeToString(),
        timeout=TIMEOUT_SECONDS,
        headers={"bl-timeout": str(TIMEOUT_SECONDS * 1000)},
    )
    raise_error(reply.headers)
    return METHODS[method][1].FromString(reply.data)


async def stream(nc, method, request):
    """A server-streaming call: an iterator over its messages. Leaving it early cancels the call."""
    inbox = nc.new_inbox()
    inbound = await nc.subscribe(inbox)
    writer, reader = PacketWriter(), PacketReader()
    worker, owed, complete, done = None, 0, False, False

    async def stay_alive():
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            if worker:
                await nc.publish(worker, writer.packet((ALIVE, b"")), reply=inbox)

    alive = asyncio.create_task(stay_alive())
    opening = writer.packet((DATA, envelope(request.SerializeToString())), (LAST, b""))
    headers = {"bl-timeout": str(TIMEOUT_SECONDS * 1000), "bl-stream": str(WINDOW_BYTES)}
    try:
        await nc.publish(f"rpc.u.{SERVICE}.{method}", opening, reply=inbox, headers=headers)
        while not done:
            packet = await inbound.next_msg(timeout=STALLED_SECONDS)
            raise_error(packet.headers)
            for kind, payload in reader.frames(packet.data):
                if kind == ACCEPT:
                    worker = payload[4:].decode()
                elif kind == DATA:
                    for message in reader.messages(payload):
                        yield METHODS[method][1].FromString(message)
                    # All of it has been taken when the loop comes back for more.
                    owed += len(payload)
                elif kind == LAST:
                    complete = True
                elif kind == END:
                    done = True
                    head_length = int.from_bytes(payload[:4], "big")
                    raise_error(parse_header_block(payload[4 : 4 + head_length]))
                    if not complete or reader.stream:
                        raise StreamBroken("the call ended before its last message")
            if owed >= WINDOW_BYTES // 2 and not complete:
                await nc.publish(worker, writer.packet((CREDIT, u32(owed))), reply=inbox)
                owed = 0
    finally:
        alive.cancel()
        if worker and not done:
            instance = worker.split(".")[-3]
            await nc.publish(f"rpc.i.{instance}.cancel", inbox.encode())
        await inbound.unsubscribe()


async def generate(nc, count, payload_bytes, take):
    taken, total = 0, 0
    messages = stream(nc, "Generate", METHODS["Generate"][0](count=count, payload_bytes=payload_bytes))
    async for message in messages:
        taken, total = taken + 1, total + len(message.payload)
        if taken == take:
            break
    await messages.aclose()
    return {"messages": taken, "bytes": total}


async def main(command, *arguments):
    nc = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
    try:
        if command == "echo":
            reply = await call(nc, "Echo", METHODS["Echo"][0](payload=arguments[0].encode()))
            result = {"text": reply.payload.decode()}
        else:
            result = await generate(nc, int(arguments[0]), int(arguments[1]), int((*arguments, 0)[2]))
    except (CallError, StreamBroken, nats.errors.Error, asyncio.TimeoutError) as error:
        result = {"error": str(error) or "nothing was heard of the worker"}
    print(json.dumps(result))
    await nc.drain()


if len(sys.argv) < 3 or sys.argv[1] not in ("echo", "generate"):
    sys.exit(__doc__)
asyncio.run(main(*sys.argv[1:]))
