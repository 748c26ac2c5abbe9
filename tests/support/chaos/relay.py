"""A relay from addresses inside a network namespace to the fault server on this machine's loopback.

    python3 -m tests.support.chaos.relay NAMESPACE PORT ADDRESS...

Listens on each ADDRESS:PORT inside the namespace and connects to 127.0.0.1:PORT outside of it. A socket stays in
the namespace where it was made, so nothing listens anywhere else. Prints a line when it listens, ends on SIGTERM.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
import sys
import threading

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def enter_namespace(name: str) -> None:
    """This thread's new sockets belong to the namespace from now on."""
    descriptor = os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.setns(descriptor, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns({name})")
    finally:
        os.close(descriptor)


def listen_inside(namespace: str, addresses: list[str], port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []

    def make() -> None:
        enter_namespace(namespace)
        sockets.extend(socket.create_server((address, port), backlog=512) for address in addresses)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if len(sockets) != len(addresses):
        raise SystemExit(f"cannot listen in the namespace {namespace}")
    return sockets


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def serve(sockets: list[socket.socket], port: int) -> None:
    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, to_writer), pump(to_reader, writer))

    servers = [await asyncio.start_server(relay, sock=one) for one in sockets]
    print("listening", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


def main() -> None:
    namespace, port, *addresses = sys.argv[1:]
    asyncio.run(serve(listen_inside(namespace, addresses, int(port)), int(port)))


if __name__ == "__main__":
    main()
