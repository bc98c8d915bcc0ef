import { type Example, hex } from "./example.ts";
import type { Registry } from "./registry.ts";

async function actorOf(registry: Registry, own: string): Promise<string> {
  return (await registry.mutate("createActor", { name: own, kind: "SERVICE" })).actor.id;
}

async function tokenOf(registry: Registry, own: string): Promise<string> {
  const actor = await actorOf(registry, own);
  return (await registry.mutate("createToken", { actor, name: "ci" })).token.id;
}

/** A role's name that nobody else has. */
const roleOf = (own: string) => `ROLE_${hex(own).slice(0, 16).toUpperCase()}`;

async function definedRole(registry: Registry, own: string): Promise<string> {
  const name = roleOf(own);
  await registry.mutate("defineRole", { name, permissions: ["registry:read"] });
  return name;
}

/** Mutations of actors, tokens, roles and grants. */
export const accessExamples: Example[] = [
  {
    mutation: "createActor",
    input: async (_, own) => ({ name: own, kind: "PERSON" }),
    events: ["actor.created"],
    again: "ALREADY_EXISTS",
  },
  {
    mutation: "createActor",
    when: "whom an identity provider vouches for",
    input: async (_, own) => ({
      name: own,
      kind: "PERSON",
      oidcIssuer: "https://id.example",
      oidcSubject: own,
    }),
    events: ["actor.created"],
    again: "ALREADY_EXISTS",
  },
  {
    mutation: "deactivateActor",
    input: async (registry, own) => ({ actor: await actorOf(registry, own) }),
    events: ["actor.deactivated"],
    again: "nothing",
  },
  {
    mutation: "deactivateActor",
    when: "with two tokens",
    input: async (registry, own) => {
      await tokenOf(registry, own);
      await registry.mutate("createToken", { actor: own, name: "laptop" });
      return { actor: own };
    },
    events: ["actor.deactivated", "token.revoked", "token.revoked"],
    again: "nothing",
  },
  {
    mutation: "reactivateActor",
    input: async (registry, own) => {
      const actor = await actorOf(registry, own);
      await registry.mutate("deactivateActor", { actor });
      return { actor };
    },
    events: ["actor.reactivated"],
    again: "nothing",
  },
  {
    mutation: "createToken",
    input: async (registry, own) => ({
      actor: await actorOf(registry, own),
      name: "ci",
      scopes: ["CONTRIBUTOR@risk.*"],
    }),
    events: ["token.created"],
    again: "the same",
    once: ["secret"],
  },
  {
    mutation: "rotateToken",
    input: async (registry, own) => ({ token: await tokenOf(registry, own) }),
    events: ["token.rotated"],
    again: "the same",
    once: ["secret"],
  },
  {
    mutation: "revokeToken",
    input: async (registry, own) => ({ token: await tokenOf(registry, own) }),
    events: ["token.revoked"],
    again: "nothing",
  },
  {
    mutation: "defineRole",
    input: async (_, own) => ({ name: roleOf(own), permissions: ["registry:read", "alias:write"] }),
    events: ["role.defined"],
    again: "nothing",
  },
  {
    mutation: "defineRole",
    when: "anew",
    input: async (registry, own) => ({
      name: await definedRole(registry, own),
      permissions: ["stage:transition:Staging"],
    }),
    events: ["role.defined"],
    again: "nothing",
  },
  {
    mutation: "deleteRole",
    input: async (registry, own) => ({ name: await definedRole(registry, own) }),
    events: ["role.deleted"],
    again: "NOT_FOUND",
  },
  {
    mutation: "grantRole",
    input: async (registry, own) => ({
      actor: await actorOf(registry, own),
      role: "VIEWER",
      scope: "risk.*",
    }),
    events: ["grant.created"],
    again: "nothing",
  },
  {
    mutation: "grantRole",
    when: "to a group",
    input: async (_, own) => ({ group: own, role: "VIEWER", scope: "*" }),
    events: ["grant.created"],
    again: "nothing",
  },
  {
    mutation: "revokeRole",
    input: async (registry, own) => {
      const holding = { actor: await actorOf(registry, own), role: "VIEWER", scope: "risk.*" };
      const { grant } = await registry.mutate("grantRole", holding);
      return { grant: grant.id };
    },
    events: ["grant.revoked"],
    again: "nothing",
  },
  {
    mutation: "revokeRole",
    when: "by who holds what where",
    input: async (registry, own) => {
      const holding = { group: own, role: "VIEWER", scope: "risk.fraud-detector" };
      await registry.mutate("grantRole", holding);
      return holding;
    },
    events: ["grant.revoked"],
    again: "NOT_FOUND",
  },
];
