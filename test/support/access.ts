import { DatabaseSync } from "@photostructure/sqlite";
import { createConnection } from "mysql2/promise";
import { type Registry, registryOf } from "./registry.ts";
import type { Asker, World } from "./world.ts";

/** Somebody with a token, who asks the world by it. */
export interface Person extends Asker, Registry {
  readonly name: string;
  /** Public id of the actor. */
  readonly id: string;
  /** The secret. */
  readonly token: string;
  /** Public id of the token. */
  readonly tokenId: string;
}

export interface PersonWish {
  /** Role and scope: `["MAINTAINER", "risk.*"]`. */
  grants?: [role: string, scope: string][];
  /** What the token is narrowed to; nothing where not given. */
  scopes?: string[];
  expiresAt?: string;
}

/** A new actor with these grants and one token. */
export async function person(
  world: World,
  name: string,
  { grants = [], ...token }: PersonWish = {},
): Promise<Person> {
  const administrator = registryOf(world);
  const { actor } = await administrator.mutate("createActor", { name, kind: "PERSON" });
  for (const [role, scope] of grants) {
    await administrator.mutate("grantRole", { actor: name, role, scope });
  }
  const made = await administrator.mutate("createToken", { actor: name, name: "for tests", ...token });
  return personBy(world, { name, id: actor.id, token: made.secret, tokenId: made.token.id });
}

function personBy(world: World, known: Pick<Person, "name" | "id" | "token" | "tokenId">): Person {
  const asker = world.as(known.token);
  return { ...asker, ...registryOf(asker), ...known };
}

/** Changes rows behind the server's back: what time would do to them. */
export async function changeRows({ settings }: Pick<World, "settings">, statement: string): Promise<void> {
  if (settings.engine === "sqlite") {
    const database = new DatabaseSync(settings.path, { timeout: 5_000 });
    try {
      database.exec(statement);
    } finally {
      database.close();
    }
    return;
  }
  const connection = await createConnection(settings.url);
  try {
    await connection.query(statement);
  } finally {
    await connection.end();
  }
}

/** Ends a token that nobody has shown yet. */
export async function expire(world: World, { tokenId }: Person): Promise<void> {
  await changeRows(
    world,
    `UPDATE access_token SET expiresAt = 1 WHERE id = ${Number(tokenId.split("_")[1])}`,
  );
}

/** The top-level error of a mutation that is not allowed. */
export async function denial(
  asker: Asker,
  mutation: string,
  input: object,
): Promise<{ code: string; message: string }> {
  const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code message } } }`;
  const { data, errors } = await asker.graphql(query, { input });
  if (errors?.length !== 1) throw new Error(`${mutation} answered ${JSON.stringify(data)}`);
  return { code: errors[0]!.extensions.code, message: errors[0]!.message };
}

/** Who may ask, each by a token of its own. */
export type Cast = Record<
  | "viewer"
  | "contributor"
  | "approver"
  | "maintainer"
  | "admin"
  | "outsider"
  | "nobody"
  | "limited"
  | "revoked"
  | "expired",
  Person
>;

/**
 * Everybody who matters to the guard: one actor for each built-in role on `scope`; an outsider, who may do on
 * `otherScope` what a maintainer and an approver may; one without any grant; a maintainer whose token is narrowed to
 * reading; and two maintainers whose tokens are good no more.
 */
export async function cast(world: World, scope = "risk.*", otherScope = "other.*"): Promise<Cast> {
  const on = (role: string, more: PersonWish = {}): PersonWish => ({ grants: [[role, scope]], ...more });
  const people: Cast = {
    viewer: await person(world, "viewer", on("VIEWER")),
    contributor: await person(world, "contributor", on("CONTRIBUTOR")),
    approver: await person(world, "approver", on("APPROVER")),
    maintainer: await person(world, "maintainer", on("MAINTAINER")),
    admin: await person(world, "admin", on("ADMIN")),
    outsider: await person(world, "outsider", {
      grants: [
        ["MAINTAINER", otherScope],
        ["APPROVER", otherScope],
      ],
    }),
    nobody: await person(world, "nobody"),
    limited: await person(world, "limited", on("MAINTAINER", { scopes: ["registry:read"] })),
    revoked: await person(world, "revoked", on("MAINTAINER")),
    expired: await person(world, "expired", on("MAINTAINER")),
  };
  await registryOf(world).mutate("revokeToken", { token: people.revoked.tokenId });
  await expire(world, people.expired);
  return people;
}
