/** The request that `onRequest` gets. Source: segmentio/functions-library; segment-docs, Source functions. */

import { requireModule } from "./modules.ts";
import { URL } from "./url.ts";

/** A request as the host hands it over; the body is text. */
export interface WireIncoming {
  body: string;
  headers: [string, string][];
  url: string;
}

type HeadersClass = new (headers: [string, string][]) => object;

const parse = JSON.parse;

class ServerRequest {
  readonly headers: object;
  readonly url: URL;
  readonly #body: string;
  #json: { value: unknown } | undefined;

  constructor(incoming: WireIncoming) {
    const { Headers } = requireModule("node-fetch") as { Headers: HeadersClass };
    this.headers = new Headers(incoming.headers);
    this.url = new URL(incoming.url);
    this.#body = incoming.body;
  }

  /** The body as JSON: the same object at every call. */
  json(): unknown {
    this.#json ??= { value: parse(this.#body) };
    return this.#json.value;
  }

  text(): string {
    return this.#body;
  }
}

/** Make the request that partner code sees. */
export function requestOf(incoming: WireIncoming): object {
  return new ServerRequest(incoming);
}

/** Make what `exports.processEvents` found under `payload`. Source: segment-docs, Source functions (2019-06). */
export function payloadOf({ body, headers, url }: WireIncoming): object {
  return {
    body: parse(body),
    headers: Object.fromEntries(headers),
    queryParameters: Object.fromEntries(new URL(url).searchParams as Iterable<[string, string]>),
  };
}
