import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Person, person } from "../support/access.ts";
import { enter, type GuestSocket, knock } from "../support/guest-socket.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { runServer, type ServerProcess } from "../support/server-process.ts";
import { socketClient, startWorld, take, type World } from "../support/world.ts";

let world: World;
/** Another process on the same database. */
let elsewhere: ServerProcess;
let administrator: Registry;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  elsewhere = await runServer(world.settings);
  administrator = registryOf(world);
  return async () => {
    await elsewhere.kill();
    await world.close();
  };
});

const soonMillis = 1_000;
const reader = (more: object = {}): Promise<Person> =>
  person(world, `reader ${++made}`, { grants: [["VIEWER", "risk.*"]], ...more });

/** The socket is shown out for this reason, within a second of the deed. */
async function isShownOut(
  { farewell }: GuestSocket,
  reason: string,
  deed: () => Promise<unknown>,
): Promise<void> {
  await deed();
  const done = Date.now();
  const { at, ...end } = await farewell;
  expect(end).toEqual({ code: 4401, reason });
  expect(at - done).toBeLessThan(soonMillis);
}

const revoke = ({ tokenId }: Person) => administrator.mutate("revokeToken", { token: tokenId });
const expiringSoon = () => new Date(Date.now() + 3_000).toISOString();

describe("the sockets of", () => {
  it("a revoked token close, those of the actor's other tokens stay", async () => {
    const ann = await reader();
    const other = await ann.mutate("createToken", { name: "other" });
    const stays = await enter(world.url, other.secret);
    const guests = [await enter(world.url, ann.token), await enter(world.url, ann.token)];
    await isShownOut(guests[0]!, "this token has been revoked", () => revoke(ann));
    expect((await guests[1]!.farewell).code).toBe(4401);
    expect((await knock(world.url, ann.token)).refusal).toMatchObject({
      code: 4401,
      reason: "this token has been revoked",
    });
    expect(stays.socket.readyState).toBe(stays.socket.OPEN);
    stays.socket.close();
  });

  it("a rotated token close: they showed the old secret", async () => {
    const ann = await reader();
    const guest = await enter(world.url, ann.token);
    await isShownOut(guest, "this token is not known here", () =>
      ann.mutate("rotateToken", { token: ann.tokenId }),
    );
  });

  it("a deactivated actor close", async () => {
    const ann = await reader();
    const guest = await enter(world.url, ann.token);
    const deed = () => administrator.mutate("deactivateActor", { actor: ann.id });
    await isShownOut(guest, "this actor has been deactivated", deed);
  });

  it("a token whose time is over close", async () => {
    let now = Date.now();
    const clocked = await startWorld({ clock: () => now });
    onTestFinished(clocked.close);
    const expiresAt = now + 60_000;
    const ann = await person(clocked, "ann", { expiresAt: new Date(expiresAt).toISOString() });
    now = expiresAt - 1;
    const guest = await enter(clocked.url, ann.token);
    await isShownOut(guest, "this token has expired", async () => {
      now = expiresAt;
    });
    expect((await knock(clocked.url, ann.token)).refusal).toMatchObject({ code: 4401 });
  });

  it("a token close in another process, too, be it revoked, rotated, out of time or its actor deactivated", async () => {
    const expiresAt = expiringSoon();
    const expiring = await enter(elsewhere.url, (await reader({ expiresAt })).token);
    const revoked = await reader();
    await isShownOut(await enter(elsewhere.url, revoked.token), "this token has been revoked", () =>
      revoke(revoked),
    );
    const rotated = await reader();
    await isShownOut(await enter(elsewhere.url, rotated.token), "this token is not known here", () =>
      administrator.mutate("rotateToken", { token: rotated.tokenId }),
    );
    const deactivated = await reader();
    await isShownOut(await enter(elsewhere.url, deactivated.token), "this actor has been deactivated", () =>
      administrator.mutate("deactivateActor", { actor: deactivated.id }),
    );
    const { at, code } = await expiring.farewell;
    expect(code).toBe(4401);
    expect(at).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    expect(at - Date.parse(expiresAt)).toBeLessThan(soonMillis);
  });
});

/** A model of its own scope, and of one that stays open: what is told of that shows that what came before was not. */
interface Story {
  subscriber: Person;
  holding: { actor: string; role: string; scope: string };
  /** Makes a model and answers its name. */
  hidden(last: string): Promise<string>;
  open(last: string): Promise<string>;
  /** The next model that the subscriber is told of is this one. */
  tells(name: string): Promise<void>;
}

const query = `subscription { registryEvents(after: "start", filter: { types: ["model.created"] }) { payload } }`;

/** Somebody who holds a role on a scope, or shall, and follows the journal there or on another server. */
async function story(role: string, { isHeld, url }: { isHeld: boolean; url?: string }): Promise<Story> {
  const stem = `story${++made}`;
  const grants: [string, string][] = [["VIEWER", `open-${stem}.*`]];
  if (isHeld) grants.push([role, `${stem}.*`]);
  const subscriber = await person(world, `subscriber ${made}`, { grants });
  const client = socketClient(url ?? world.url, subscriber.token);
  onTestFinished(() => client.dispose());
  const events = client.iterate<{ registryEvents: { payload: { name: string } } }>({ query });
  const model = async (name: string) => (await administrator.model(name)).name as string;
  return {
    subscriber,
    holding: { actor: subscriber.id, role, scope: `${stem}.*` },
    hidden: (last) => model(`${stem}.${last}`),
    open: (last) => model(`open-${stem}.${last}`),
    tells: async (name) => {
      const [told] = await take(events, 1);
      expect(told!.data!.registryEvents.payload.name).toBe(name);
    },
  };
}

describe("a subscription", () => {
  it("tells nothing from the first event after a grant was lost, and goes on when there is one again", async () => {
    const { holding, hidden, open, tells } = await story("VIEWER", { isHeld: true });
    await tells(await hidden("a"));
    await administrator.mutate("revokeRole", holding);
    await hidden("b");
    await tells(await open("c"));
    await administrator.mutate("grantRole", holding);
    await tells(await hidden("d"));
  });

  it("tells of a scope from the first event after a grant was won", async () => {
    const { holding, hidden, open, tells } = await story("VIEWER", { isHeld: false });
    await hidden("a");
    await tells(await open("b"));
    await administrator.mutate("grantRole", holding);
    await tells(await hidden("c"));
  });

  it("knows of a role that allows other things by now", async () => {
    const name = `ROLE_${made}`;
    const define = (permissions: string[]) => administrator.mutate("defineRole", { name, permissions });
    await define(["registry:read"]);
    const { hidden, open, tells } = await story(name, { isHeld: true });
    await tells(await hidden("a"));
    await define(["alias:write"]);
    await hidden("b");
    await tells(await open("c"));
    await define(["registry:read", "alias:write"]);
    await tells(await hidden("d"));
  });

  it("in another process knows it as well, at the next event", async () => {
    const { holding, hidden, open, tells } = await story("VIEWER", { isHeld: true, url: elsewhere.url });
    for (let round = 1; round <= 3; round++) {
      await tells(await hidden(`told ${round}`));
      await administrator.mutate("revokeRole", holding);
      await hidden(`untold ${round}`);
      await tells(await open(`${round}`));
      await administrator.mutate("grantRole", holding);
    }
  });
});

it("an actor opens so many sockets at once and not one more, by whichever of its tokens", async () => {
  const narrow = await startWorld({ sockets: { socketsPerActor: 3 } });
  onTestFinished(narrow.close);
  const ann = await person(narrow, "ann");
  const { secret } = await ann.mutate("createToken", { name: "other" });
  const guests = [
    await enter(narrow.url, ann.token),
    await enter(narrow.url, secret),
    await enter(narrow.url, ann.token),
  ];
  for (const token of [ann.token, secret]) {
    expect((await knock(narrow.url, token)).refusal).toMatchObject({
      code: 4429,
      reason: "at most 3 sockets of one actor at once",
    });
  }
  const bob = await person(narrow, "bob");
  await enter(narrow.url, bob.token);
  guests[0]!.socket.close();
  await guests[0]!.farewell;
  await enter(narrow.url, secret);
});
