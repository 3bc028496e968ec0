// Sends events with one of Segment's Node SDKs, round after round, and prints what the SDK complained of; the argument
// is that of sdk_python.py.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/", import.meta.url));
const order = JSON.parse(process.argv[2]);
const errors = [];

const SIX_CALLS = [
  ["identify", { userId: "user-1", traits: { plan: "pro" } }],
  ["track", { userId: "user-1", event: "Signed Up", properties: { plan: "pro" } }],
  ["page", { userId: "user-1", category: "Docs", name: "Start", properties: { path: "/docs" } }],
  ["screen", { userId: "user-1", category: "Docs", name: "Home", properties: { width: 1080 } }],
  ["group", { userId: "user-1", groupId: "group-1", traits: { name: "Acme" } }],
  ["alias", { userId: "user-2", previousId: "user-1" }],
];

// The SDK of today: what is queued is sent by a flush.
function today() {
  const { Analytics } = require("@segment/analytics-node");
  const { writeKey, host, options, oauth } = order;
  const analytics = new Analytics({ writeKey, host, oauthSettings: oauth, ...options });
  analytics.on("error", (error) => errors.push(String(error.reason ?? error)));
  return {
    send: (calls) => {
      for (const [type, message] of calls) analytics[type](message);
      return analytics.flush({ timeout: 30_000 });
    },
    close: () => analytics.closeAndFlush({ timeout: 1000 }),
  };
}

// The SDK before: the very first call is sent at once and alone, and each says by itself when it is done.
function before() {
  const Analytics = require("analytics-node");
  const errorHandler = (error) => errors.push(String(error));
  const analytics = new Analytics(order.writeKey, { host: order.host, errorHandler, ...order.options });
  return {
    send: async (calls) => {
      const done = calls.map(([type, message]) => new Promise((resolve) => analytics[type](message, resolve)));
      await analytics.flush();
      await Promise.all(done);
    },
    close: async () => {},
  };
}

const sdk = order.package === "analytics-node" ? before() : today();
if (order.sixCalls) await sdk.send(SIX_CALLS);
for (const events of order.rounds) await sdk.send(events.map((event) => ["track", { userId: "user-1", event }]));
await sdk.close();
process.stdout.write(JSON.stringify(errors));
process.exit(0);
