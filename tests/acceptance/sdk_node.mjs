// Sends events with Segment's Node SDK, round after round, and prints what the SDK complained of; the argument is
// that of sdk_python.py.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/", import.meta.url));
const { Analytics } = require("@segment/analytics-node");

const order = JSON.parse(process.argv[2]);
const errors = [];
const analytics = new Analytics({
  writeKey: order.writeKey,
  host: order.host,
  maxRetries: order.maxRetries,
  flushAt: 100,
  httpRequestTimeout: 5000,
  oauthSettings: order.oauth,
});
analytics.on("error", (error) => errors.push(String(error.reason ?? error)));
for (const events of order.rounds) {
  for (const event of events) analytics.track({ userId: "user-1", event });
  await analytics.flush({ timeout: 30_000 });
}
await analytics.closeAndFlush({ timeout: 1000 });
process.stdout.write(JSON.stringify(errors));
process.exit(0);
