import { beforeAll, describe, expect, it } from "vitest";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { rivals } from "../support/rivals.ts";
import { rowsOf } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

// biome-ignore lint/suspicious/noExplicitAny: a payload has the shape of its mutation
type Payload = any;
const rounds = 8;

/** Sixteen say the same at once. */
const all = (mutation: string, input: object): Promise<Payload[]> =>
  inLanes(rivals, rivals, () => registry.attempt(mutation, input));
const codesOf = (payloads: Payload[]): string[] =>
  payloads.flatMap(({ userErrors }) => userErrors.map(({ code }: Payload) => code));
const idsOf = (payloads: Payload[], noun: string) => new Set(payloads.map((payload) => payload[noun]?.id));
const eventsOf = async (type: string, subject: string): Promise<number> =>
  (
    await world.ask("query ($filter: EventFilter) { registryEvents(filter: $filter) { totalCount } }", {
      filter: { types: [type], subject },
    })
  ).registryEvents.totalCount;

async function service(name: string): Promise<string> {
  return (await registry.mutate("createActor", { name, kind: "SERVICE" })).actor.id;
}

describe("sixteen at once", () => {
  it("grant the same: there is one grant, told once, and all have it", async () => {
    for (let round = 0; round < rounds; round++) {
      const name = `granted ${round}`;
      // Nothing stands for a group but its grants: rivals over one meet later.
      const holder = round % 2 === 0 ? { actor: await service(name) } : { group: name };
      const holding = { ...holder, role: "VIEWER", scope: "risk.*" };
      const payloads = await all("grantRole", holding);
      expect(codesOf(payloads)).toEqual([]);
      const [grant, ...others] = idsOf(payloads, "grant");
      expect(others).toEqual([]);
      expect(await eventsOf("grant.created", grant)).toBe(1);
      const ended = await all("revokeRole", { grant });
      expect(codesOf(ended)).toEqual([]);
      expect(await eventsOf("grant.revoked", grant)).toBe(1);
    }
    const rows = await rowsOf(world.settings, "SELECT COUNT(*) AS total FROM role_grant");
    expect(Number(rows[0]!.total)).toBe(rounds);
  });

  it("make an actor: one does, the others hear that it exists", async () => {
    for (let round = 0; round < rounds; round++) {
      const payloads = await all("createActor", { name: `rival ${round}`, kind: "SERVICE" });
      expect(codesOf(payloads)).toEqual(Array(rivals - 1).fill("ALREADY_EXISTS"));
    }
  });

  it("define a role: there is one, at its first revision", async () => {
    for (let round = 0; round < rounds; round++) {
      const name = `ROLE_${round}`;
      const payloads = await all("defineRole", { name, permissions: ["registry:read"] });
      expect(codesOf(payloads)).toEqual([]);
      expect(idsOf(payloads, "role").size).toBe(1);
      const changes = await inLanes(rivals, rivals, (lane) =>
        registry.attempt("defineRole", {
          name,
          permissions: [`stage:transition:${lane}`],
          expectedRevision: 1,
        }),
      );
      expect(codesOf(changes)).toEqual(Array(rivals - 1).fill("CONFLICT"));
    }
  });

  it("rotate a token: each has a secret, and the one that is good is the last one's", async () => {
    const actor = await service("rotated");
    const { token } = await registry.mutate("createToken", { actor, name: "x" });
    const payloads = await all("rotateToken", { token: token.id });
    expect(codesOf(payloads)).toEqual([]);
    const statuses = await inLanes(rivals, rivals, async (lane) => {
      const { status } = await world.as(payloads[lane].secret).graphql("{ viewer { groups } }");
      return status;
    });
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(await eventsOf("token.rotated", token.id)).toBe(rivals);
  });
});

describe("at the same moment", () => {
  it("tokens are made and their actor is deactivated: none outlives it", async () => {
    for (let round = 0; round < rounds; round++) {
      const actor = await service(`leaving ${round}`);
      const payloads = await inLanes(rivals, rivals, (lane) =>
        lane === 7
          ? registry.attempt("deactivateActor", { actor })
          : registry.attempt("createToken", { actor, name: "x" }),
      );
      const codes = codesOf(payloads);
      expect(codes).toEqual(Array(codes.length).fill("CONFLICT"));
      const live = `SELECT COUNT(*) AS total FROM access_token WHERE revokedAt IS NULL AND actorId = ${actor.slice(4)}`;
      expect(Number((await rowsOf(world.settings, live))[0]!.total)).toBe(0);
    }
  });

  it("a role is granted and deleted: nobody holds what is not there", async () => {
    const actor = await service("holder");
    for (let round = 0; round < rounds; round++) {
      const name = `FLEETING_${round}`;
      await registry.mutate("defineRole", { name, permissions: ["registry:read"] });
      const payloads = await inLanes(rivals, rivals, (lane) =>
        lane % 2 === 0
          ? registry.attempt("deleteRole", { name })
          : registry.attempt("grantRole", { actor, role: name, scope: `s${lane}` }),
      );
      const isDeleted = payloads.some(({ role }) => role);
      const isGranted = payloads.some(({ grant }) => grant);
      expect([isDeleted, isGranted]).toEqual(isDeleted ? [true, false] : [false, true]);
      expect(new Set(codesOf(payloads))).toEqual(new Set([isDeleted ? "NOT_FOUND" : "CONFLICT"]));
    }
  });
});
