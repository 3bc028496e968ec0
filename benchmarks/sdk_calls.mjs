// Calls track of Segment's SDK for Node for each line of standard input, and prints when its request went out.
// node sdk_calls.mjs ADDRESS WRITE-KEY

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { Analytics } = createRequire(new URL("../web/package.json", import.meta.url))("@segment/analytics-node");
const [host, writeKey] = process.argv.slice(2);
const httpClient = (url, options) => {
  console.log(Date.now());
  return fetch(url, options);
};
const analytics = new Analytics({ host, writeKey, httpClient, maxEventsInBatch: 1 });

for await (const event of createInterface(process.stdin)) analytics.track({ userId: "user-1", event });
await analytics.closeAndFlush();
