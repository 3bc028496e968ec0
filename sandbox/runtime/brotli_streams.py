"""Node's Brotli over Google's own package. Source: Node.js documentation, Zlib; the errors are those of Node 20."""

import brotli

from sandbox.runtime.compression import CUT_OFF, MAX_DECOMPRESSED_BYTES, too_large
from sandbox.runtime.operation import Operation, OperationError, Options


def compress(options: Options, data: bytes) -> bytes:
    """Compress; the options are mode, quality, window and block as Node numbers them."""
    mode, quality, window, block = options
    return bytes(brotli.compress(data, mode=mode, quality=quality, lgwin=window, lgblock=block))


def decompress(options: Options, data: bytes) -> bytes:
    """Decompress; the option is complete or partial, and what is partial may be cut off."""
    stream = brotli.Decompressor()
    output = bytearray()
    try:
        output += stream.process(data, output_buffer_limit=MAX_DECOMPRESSED_BYTES + 1)
        while (
            len(output) <= MAX_DECOMPRESSED_BYTES and not stream.can_accept_more_data() and not stream.is_finished()
        ):
            output += stream.process(b"", output_buffer_limit=MAX_DECOMPRESSED_BYTES + 1 - len(output))
    except brotli.error as error:
        raise OperationError("Decompression failed", code="ERR_BROTLI_DECODER_ERROR") from error
    if len(output) > MAX_DECOMPRESSED_BYTES:
        raise too_large()
    if not stream.is_finished() and options[0] == "complete":
        raise CUT_OFF
    return bytes(output)


OPERATIONS: dict[str, Operation] = {"brotli compress": compress, "brotli decompress": decompress}
