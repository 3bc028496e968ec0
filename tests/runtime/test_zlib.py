"""`zlib.zlib`, answered by the host."""

from typing import Any

import pytest

from tests.runtime.conftest import Value

STREAMED = """
  const through = (stream, data) => new Promise((resolve, reject) => {
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', () => resolve(Buffer.concat(parts)));
    stream.on('error', reject);
    stream.write(data.subarray(0, 3));
    stream.end(data.subarray(3));
  });
  const z = zlib.zlib;
"""


@pytest.mark.parametrize(
    "pair",
    [
        "gzip gunzip",
        "deflate inflate",
        "deflateRaw inflateRaw",
        "gzip unzip",
        "deflate unzip",
        "brotliCompress brotliDecompress",
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            "return z[`${there}Sync`]('héllo').length > 0 && z[`${back}Sync`](z[`${there}Sync`]('héllo'))", id="sync"
        ),
        pytest.param(
            "const call = (f, x) => new Promise((ok, no) => f(x, (error, y) => error ? no(error) : ok(y)));"
            "return await call(z[back], await call(z[there], 'héllo'))",
            id="callback",
        ),
        pytest.param(
            "const name = (n) => 'create' + n[0].toUpperCase() + n.slice(1);"
            "return await through(z[name(back)](), await through(z[name(there)](), Buffer.from('héllo')))",
            id="stream",
        ),
    ],
)
async def test_what_is_compressed_comes_back(value: Value, pair: str, body: str) -> None:
    """In every format and every form: at once, with a callback, as a stream."""
    there, back = pair.split()
    returned = await value(f"{STREAMED} const [there, back] = ['{there}', '{back}']; {body}")
    assert bytes(returned["data"]).decode() == "héllo"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        pytest.param("z.gunzipSync('none')", ["Z_DATA_ERROR", "incorrect header check"], id="no gzip"),
        pytest.param("z.inflateSync(Buffer.from([1, 2]))", ["Z_DATA_ERROR", "incorrect header check"], id="no zlib"),
        pytest.param(
            "z.gunzipSync(z.gzipSync('hello').subarray(0, 9))", ["Z_BUF_ERROR", "unexpected end of file"], id="cut"
        ),
        pytest.param(
            "z.brotliDecompressSync(z.brotliCompressSync('hello').subarray(0, 4))",
            ["Z_BUF_ERROR", "unexpected end of file"],
            id="brotli, cut",
        ),
    ],
)
async def test_what_cannot_be_decompressed_is_nodes_error(value: Value, call: str, error: list[Any]) -> None:
    """With its code and its words."""
    body = f"const z = zlib.zlib; try {{ return {call} }} catch (e) {{ return [e.code, e.message] }}"
    assert await value(body) == error


async def test_a_level_is_heeded(value: Value) -> None:
    """Without compression the data is longer than before."""
    body = """const size = (level) => zlib.zlib.deflateSync('a'.repeat(999), { level }).length;
              return [size(0), size(9)]"""
    plain, best = await value(body)
    assert plain > 999 > best


async def test_a_quality_of_brotli_is_heeded(value: Value) -> None:
    """The least compresses less than the best."""
    body = """const z = zlib.zlib, text = Array.from({ length: 999 }, (_, n) => n * n).join();
              const size = (quality) => z.brotliCompressSync(text, {
                params: { [z.constants.BROTLI_PARAM_QUALITY]: quality } }).length;
              return [size(0), size(11)]"""
    least, best = await value(body)
    assert least > best
