import { expect, it, onTestFinished } from "vitest";
import {
  discoveryPath,
  type IdentityProvider,
  identityProvider,
  keysPath,
} from "../support/identity-provider.ts";
import { registryOf } from "../support/registry.ts";
import { startWorld, take, type World } from "../support/world.ts";

const who = "{ viewer { actor { name } } }";
const hours = 3600;

interface Scene {
  provider: IdentityProvider;
  world: World;
  /** Lets time go by. */
  wait(seconds: number): void;
  /** Status and name, or what is wrong, for the one who shows this. */
  answerTo(token: string): Promise<[status: number, says: string]>;
  /** How often the provider was asked for its keys. */
  lookups(): number;
}

/** A provider and a server that has not asked it for anything yet. Tokens are good for days. */
async function scene(settings: (issuer: string) => Record<string, string> = () => ({})): Promise<Scene> {
  const provider = await identityProvider();
  let now = Date.now();
  const world = await startWorld({ oidc: provider.settings(settings(provider.issuer)), clock: () => now });
  onTestFinished(async () => {
    await world.close();
    await provider.stop();
  });
  return {
    provider,
    world,
    wait(seconds) {
      now += seconds * 1000;
    },
    async answerTo(token) {
      const { status, data, errors } = await world.as(token).graphql(who);
      return [status, errors?.[0]?.message ?? data.viewer.actor.name];
    },
    lookups: () => provider.asked.filter((path) => path === keysPath).length,
  };
}

/** Another token each time, so that none was seen before. */
let made = 0;
function freshToken({ provider }: Scene): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  return provider.forge({ claims: { jti: `token-${++made}`, iat, exp: iat + 100 * hours } });
}

const ana: [number, string] = [200, "ana"];
const unpublished = [401, "this token is signed by a key that its issuer does not publish"];
const unavailable = [503, "the identity provider does not tell its keys now; try again"];

it("the provider is asked when the first token comes, and not again for the next", async () => {
  const on = await scene();
  expect(on.provider.asked).toEqual([]);
  expect(await on.answerTo(await freshToken(on))).toEqual(ana);
  expect(await on.answerTo(await freshToken(on))).toEqual(ana);
  expect(on.provider.asked).toEqual([discoveryPath, keysPath]);
});

it("a hundred first tokens at once ask it once", async () => {
  const on = await scene();
  const tokens = await Promise.all(Array.from({ length: 100 }, () => freshToken(on)));
  const answers = await Promise.all(tokens.map((token) => on.answerTo(token)));
  expect(answers).toEqual(tokens.map(() => ana));
  expect(on.provider.asked).toEqual([discoveryPath, keysPath]);
});

it("where the settings say where the keys are, nothing else is asked for", async () => {
  const on = await scene((issuer) => ({ OIDC_JWKS_URL: `${issuer}${keysPath}` }));
  expect(await on.answerTo(await freshToken(on))).toEqual(ana);
  expect(on.provider.asked).toEqual([keysPath]);
});

it("a new key is found as soon as a token is signed by it, while tokens by the old one stay good", async () => {
  const on = await scene();
  const old = await freshToken(on);
  expect(await on.answerTo(old)).toEqual(ana);
  await on.provider.rotate({ keepsOld: true });
  expect(await on.answerTo(await freshToken(on))).toEqual(ana);
  expect(await on.answerTo(old)).toEqual(ana);
  expect(on.lookups()).toBe(2);
});

it("a second new key within half a minute is found once that is over: strangers could make up any", async () => {
  const on = await scene();
  await on.answerTo(await freshToken(on));
  await on.answerTo(await on.provider.forge({ header: { kid: "made-up" } }));
  await on.provider.rotate({ keepsOld: true });
  const token = await freshToken(on);
  expect(await on.answerTo(token)).toEqual(unpublished);
  expect(on.lookups()).toBe(2);
  on.wait(30);
  expect(await on.answerTo(token)).toEqual(ana);
  expect(on.lookups()).toBe(3);
});

it("a key that is published no more lets nobody in ten minutes later, and ends the sockets of those it let in", async () => {
  const on = await scene();
  const [stolen, early, late] = [await freshToken(on), await freshToken(on), await freshToken(on)];
  expect(await on.answerTo(stolen)).toEqual(ana);
  await registryOf(on.world).mutate("grantRole", { actor: "ana", role: "VIEWER", scope: "*" });
  await registryOf(on.world).model("risk.fraud");
  const events = on.world.as(stolen).subscribe(`subscription { registryEvents(after: "start") { seq } }`);
  await take(events, 1);
  await on.provider.rotate();
  on.wait(599);
  expect(await on.answerTo(early)).toEqual(ana);
  on.wait(1);
  expect(await on.answerTo(late)).toEqual(unpublished);
  expect(await on.answerTo(stolen)).toEqual(unpublished);
  await expect(take(events, 100)).rejects.toMatchObject({ code: 4401, reason: unpublished[1] });
});

it("while the provider is down, the keys it told last are good for a day, and it is asked now and then", async () => {
  const on = await scene();
  expect(await on.answerTo(await freshToken(on))).toEqual(ana);
  await on.provider.stop();
  on.wait(23 * hours);
  expect(await on.answerTo(await freshToken(on))).toEqual(ana);
  on.wait(1 * hours);
  expect(await on.answerTo(await freshToken(on))).toEqual(unavailable);
  await on.provider.start();
  on.wait(5);
  expect(await on.answerTo(await freshToken(on))).toEqual(ana);
});

it("a token by a key that nobody knows is refused while the provider is down, as it is otherwise", async () => {
  const on = await scene();
  expect(await on.answerTo(await freshToken(on))).toEqual(ana);
  await on.provider.stop();
  expect(await on.answerTo(await on.provider.forge({ header: { kid: "made-up" } }))).toEqual(unpublished);
});

it("a server starts while the provider is down, and is unavailable to its tokens only, until it is up", async () => {
  const on = await scene();
  const token = await freshToken(on);
  await on.provider.stop();
  const { status, errors } = await on.world.as(token).graphql(who);
  expect({ status, errors }).toEqual({
    status: 503,
    errors: [{ message: unavailable[1], extensions: { code: "UNAVAILABLE" } }],
  });
  expect((await on.world.ask(who)).viewer.actor.name).toBe("administrator");
  await on.provider.start();
  expect(await on.answerTo(token)).toEqual(unavailable);
  on.wait(5);
  expect(await on.answerTo(token)).toEqual(ana);
});

it.each<[string, (issuer: string, keys: string) => object | null]>([
  ["names another issuer", (_, keys) => ({ issuer: "https://evil.example", jwks_uri: keys })],
  ["names no issuer", (_, keys) => ({ jwks_uri: keys })],
  ["names no keys", (issuer) => ({ issuer })],
  [
    "names keys that anybody on the way could change",
    // The same place, by a name that may be another machine's.
    (issuer, keys) => ({ issuer, jwks_uri: keys.replace("127.0.0.1", "0.0.0.0") }),
  ],
  ["is no object", () => null],
])("a discovery document is not believed that %s", async (_, document) => {
  const on = await scene();
  const { issuer } = on.provider;
  on.provider.intercept(discoveryPath, (_request, response) => {
    response.end(JSON.stringify(document(issuer, `${issuer}${keysPath}`)));
  });
  expect(await on.answerTo(await freshToken(on))).toEqual(unavailable);
  expect(on.provider.asked).toEqual([discoveryPath]);
});
