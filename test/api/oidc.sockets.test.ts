import { expect, it, onTestFinished } from "vitest";
import { type IdentityProvider, identityProvider } from "../support/identity-provider.ts";
import { registryOf } from "../support/registry.ts";
import { type Answers, startWorld, take, type World } from "../support/world.ts";

const lifetimeMillis = 3_600_000;
const created = `subscription { registryEvents(after: "start", filter: { types: ["model.created"] }) { payload } }`;

interface Scene {
  provider: IdentityProvider;
  world: World;
  /** Lets time go by. */
  wait(millis: number): void;
  /** Follows what is created, by a token of ana's, from the one model that she may read. */
  follow(groups: string[]): Promise<Answers>;
}

async function scene(settings: Record<string, string> = {}): Promise<Scene> {
  const provider = await identityProvider();
  const now = Math.ceil(Date.now() / 1000) * 1000;
  let waited = 0;
  const world = await startWorld({ oidc: provider.settings(settings), clock: () => now + waited });
  onTestFinished(async () => {
    await world.close();
    await provider.stop();
  });
  const registry = registryOf(world);
  await registry.mutate("grantRole", { group: "analysts", role: "VIEWER", scope: "risk.*" });
  await registry.model("vision.ocr");
  await registry.model("risk.fraud");
  // By the world's clock, which stands still however long it takes to get here.
  const [iat, exp] = [now / 1000, (now + lifetimeMillis) / 1000];
  return {
    provider,
    world,
    wait(millis) {
      waited += millis;
    },
    async follow(groups) {
      const token = await provider.forge({ claims: { groups, iat, exp } });
      const events = world.as(token).subscribe(created);
      const [first] = await take(events, 1);
      expect(first?.data.registryEvents.payload.name).toBe("risk.fraud");
      return events;
    },
  };
}

it("a socket opened by a provider's token closes with 4401 once that has ended", async () => {
  const { wait, follow } = await scene({ OIDC_CLOCK_TOLERANCE_SECONDS: "0" });
  const events = await follow(["analysts"]);
  wait(lifetimeMillis);
  await expect(events.next()).rejects.toMatchObject({ code: 4401, reason: "this token has expired" });
});

it("it stays open for as long as the provider's clock may be behind ours", async () => {
  const { world, wait, follow } = await scene({ OIDC_CLOCK_TOLERANCE_SECONDS: "60" });
  const events = await follow(["analysts"]);
  wait(lifetimeMillis + 59_999);
  await registryOf(world).model("risk.churn");
  expect((await take(events, 1))[0]?.data.registryEvents.payload.name).toBe("risk.churn");
  wait(1);
  await expect(events.next()).rejects.toMatchObject({ code: 4401 });
});

it("it tells no more of what a group was allowed once the role is revoked", async () => {
  const { world, follow } = await scene();
  const registry = registryOf(world);
  const events = await follow(["analysts", "seers"]);
  await registry.mutate("grantRole", { group: "seers", role: "VIEWER", scope: "vision.*" });
  await registry.mutate("revokeRole", { group: "analysts", role: "VIEWER", scope: "risk.*" });
  await registry.model("risk.churn");
  await registry.model("vision.faces");
  expect((await take(events, 1))[0]?.data.registryEvents.payload.name).toBe("vision.faces");
});

it("it closes with 4401 when its person is deactivated, while the provider is down", async () => {
  const { provider, world, follow } = await scene();
  const events = await follow(["analysts"]);
  await provider.stop();
  await registryOf(world).mutate("deactivateActor", { actor: "ana" });
  await expect(events.next()).rejects.toMatchObject({
    code: 4401,
    reason: "this actor has been deactivated",
  });
});
