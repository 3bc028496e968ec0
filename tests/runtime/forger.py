"""A worker that lies: started in place of the real one, it does what its first argument says."""

import json
import socket
import sys
import time


def frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "little") + payload


RETURNED = b'[{"kind":"returned","invocation":1,"value":null,"truncated":false,"emitted":null,"left_open":[]}]'
LIES = {
    "no json": [b"not json"],
    "no list": [b"{}"],
    "unknown kind": [b'[{"kind":"shutdown"}]'],
    "missing field": [b'[{"kind":"log","invocation":1}]'],
    "wrong type": [b'[{"kind":"returned","invocation":1,"value":7,"truncated":false,"emitted":null,"left_open":[]}]'],
    "another event": [
        b'[{"kind":"returned","invocation":9,"value":null,"truncated":false,"emitted":null,"left_open":[]}]'
    ],
    "loaded again": [b'[{"kind":"loaded","handlers":["onTrack"]}]'],
    "two endings": [
        b'[{"kind":"returned","invocation":1,"value":null,"truncated":false,"emitted":null,"left_open":[]}]'
    ]
    * 2,
    "endless frame": [b""],
    "flood of logs": [
        json.dumps([{"kind": "log", "invocation": 1, "level": "log", "text": "x" * 1000}] * 1000).encode()
    ],
    "flood of requests": [
        json.dumps(
            [
                {
                    "kind": "request",
                    "invocation": 1,
                    "exchange": 1,
                    "method": "GET",
                    "url": "http://x/",
                    "headers": [],
                    "body": "",
                }
            ]
            * 20_000
        ).encode()
    ],
    "bad header": [
        b'[{"kind":"request","invocation":1,"exchange":1,"method":"GET","url":"http://x/","headers":[["a"]],"body":""}]'
    ],
    "body not base64": [
        b'[{"kind":"request","invocation":1,"exchange":1,"method":"GET","url":"http://x/","headers":[],"body":"?"}]'
    ],
    "silent exit": [],
    "silence": [],
    "answer, then memory": [RETURNED[:-1] + b',{"kind":"memory","which":"heap"}]'],
    "answer, then exit": [RETURNED],
    "in single bytes": [RETURNED],
    "a frame beyond the buffer": [
        json.dumps([{"kind": "log", "invocation": 1, "level": "log", "text": "x" * 200_000}]).encode(),
        RETURNED,
    ],
    "module scope in an event": [b'[{"kind":"log","invocation":0,"level":"log","text":"late"}]', RETURNED],
    "half a frame, then exit": [],
}
EXITS = {"silent exit", "answer, then exit", "half a frame, then exit"}


def main(lie: str, descriptor: int) -> None:
    """Start and load as a worker does, then answer an event with the lie."""
    line = socket.socket(fileno=descriptor)
    for answer in (b'[{"kind":"ready"}]', b'[{"kind":"loaded","handlers":["onTrack"]}]'):
        line.recv(1 << 20)
        line.sendall(frame(answer))
    line.recv(1 << 20)
    if lie == "endless frame":
        line.sendall(b"\xff\xff\xff\xff")
    if lie == "half a frame, then exit":
        line.sendall(frame(RETURNED)[:-1])
    said = b"".join(frame(payload) for payload in LIES[lie])
    for piece in [said[at : at + 1] for at in range(len(said))] if lie == "in single bytes" else [said]:
        line.sendall(piece)
    if lie in EXITS:
        sys.exit(3)
    line.recv(1)
    time.sleep(60)  # a liar does not leave by itself


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
