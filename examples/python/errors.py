"""Errors as they travel: in the headers of a reply (docs/protocol.md, "Errors")."""

CANCELLED, INVALID_ARGUMENT, INTERNAL, DATA_LOSS = 1, 3, 13, 15
CODE, TEXT = "Nats-Service-Error-Code", "Nats-Service-Error"


class CallError(Exception):
    """How a call failed: `CallError(code, text)`, the code one of gRPC's, or 503 from the broker."""

    def __str__(self):
        return f"{self.args[0]}: {self.args[1]}"


def error_headers(error):
    """The headers that tell the caller; what is no CallError stays here."""
    code, text = error.args if isinstance(error, CallError) else (INTERNAL, "the handler failed")
    return {CODE: str(code), TEXT: text}


def raise_error(headers):
    """Raises the error that the headers of a reply tell of, if they do."""
    headers = headers or {}
    if headers.get("Status") == "503":
        raise CallError(503, "no worker is there")
    if CODE in headers:
        raise CallError(int(headers[CODE]), headers.get(TEXT, ""))


def header_block(headers):
    """Headers as they stand within a packet."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"NATS/1.0\r\n{lines}\r\n".encode()


def parse_header_block(block):
    lines = block.decode().split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines if ": " in line)
