import { Sandbox, SandboxError, WaitedInVainError } from "segment-sandbox-testkit";

const sandbox = Sandbox.here();
const LONG = 60_000;

function order(user: string, revenue = 12) {
  return { type: "track", userId: user, event: "Order Completed", properties: { revenue } };
}

test("an event is waited for on its way", async () => {
  const waiting = sandbox.waitFor({ user: "js-1", where: { "properties.revenue": 12, type: "track" }, timeout: LONG });
  const sent = await sandbox.send(order("js-1"));
  const message = await waiting;
  expect(message.seq).toBe(sent);
  const delivery = await sandbox.waitFor({ kind: "delivery", message: sent, destination: "webhook", timeout: LONG });
  expect(delivery.state).toBe("delivered");
  expect(delivery.attempts[0]?.exchanges?.[0]?.response?.status).toBe(200);
  expect(delivery.message.event).toBe("Order Completed");
}, 2 * LONG);

test("several are waited for, and none is confused with another", async () => {
  const users = Array.from({ length: 20 }, (_, number) => `js-many-${number}`);
  const after = await sandbox.seq();
  const waits = users.map((user) => sandbox.waitFor({ user, after, timeout: LONG }));
  await Promise.all(users.map((user) => sandbox.send(order(user))));
  expect((await Promise.all(waits)).map((message) => message.user_id)).toEqual(users);
  expect(await sandbox.waitForAll(20, { after, event: "Order Completed", timeout: LONG })).toHaveLength(20);
}, 2 * LONG);

test("a wait in vain says what came instead", async () => {
  await sandbox.send(order("js-2", 11));
  const failed = await sandbox.waitFor({ user: "js-2", "properties.revenue": 12, timeout: 0 }).catch((error) => error);
  expect(failed).toBeInstanceOf(WaitedInVainError);
  expect(failed.diff).toEqual([{ path: "properties.revenue", asked: 12, came: 11 }]);
  expect(failed.message).toContain("properties.revenue is 11, not 12");
});

test("lists, faults and the clock are at hand", async () => {
  const sent = await sandbox.send(order("js-3"));
  expect((await sandbox.messages({ user: "js-3" })).map((message) => message.seq)).toEqual([sent]);
  const before = await sandbox.clock.now();
  await sandbox.clock.advance("1h");
  expect((await sandbox.clock.now()).getTime()).toBeGreaterThanOrEqual(before.getTime() + 3_600_000);
  expect((await sandbox.message(sent)).deliveries.map((each) => each.state)).toEqual(["delivered", "delivered"]);
  expect((await sandbox.deliveries({ state: "delivered" })).length).toBeGreaterThan(0);
  const number = await sandbox.faults.add({ path: "/v1/track", status: 503 });
  expect((await sandbox.faults.all()).map((each) => each.number)).toContain(number);
  await sandbox.faults.clear(number);
  expect(Object.values(await sandbox.writeKeys())).toHaveLength(1);
}, 2 * LONG);

test("a mistake is told in the sandbox's words", async () => {
  const failed = await sandbox.messages({ usr: "x" } as object).catch((error) => error);
  expect(failed).toBeInstanceOf(SandboxError);
  expect(failed.message).toContain("Did you mean user?");
});
