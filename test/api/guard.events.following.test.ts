import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { type Answers, startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

const head = async (): Promise<string> => (await world.ask("{ eventHead }")).eventHead;

function follow(who: Person, after: string): Answers {
  const fields = `type payload hash body subject { ... on Model { name } }`;
  return who.subscribe(
    `subscription ($after: EventCursor) { registryEvents(after: $after, filter: { types: ["model.created", "run.created"] }) { ${fields} } }`,
    { after },
  );
}

/** The names in the next so many events. */
async function told(events: Answers, count: number): Promise<string[]> {
  const names: string[] = [];
  while (names.length < count) {
    const { value } = await events.next();
    expect(value.errors).toBeUndefined();
    names.push(value.data.registryEvents.payload.name);
  }
  return names;
}

describe("a subscriber", () => {
  it("hears of what it may read, of the past and from now on, and of nothing else", async () => {
    const reader = await person(world, "hears", { grants: [["VIEWER", "heard.*"]] });
    const after = await head();
    await registry.model("heard.before");
    await registry.model("unheard.before");
    const events = follow(reader, after);
    expect(await told(events, 1)).toEqual(["heard.before"]);
    await registry.model("unheard.after");
    await registry.model("heard.after");
    const { value } = await events.next();
    expect(value.data.registryEvents).toEqual({
      type: "model.created",
      payload: { name: "heard.after" },
      hash: null,
      body: null,
      subject: { name: "heard.after" },
    });
    await events.return!();
  });

  it("is told from the next event on by the rights that stand then", async () => {
    const reader = await person(world, "moves", {
      grants: [
        ["VIEWER", "kept.*"],
        ["VIEWER", "lost.*"],
      ],
    });
    const { grants } = (
      await world.ask(
        `query ($id: ID!) { node(id: $id) { ... on Actor { grants { nodes { id scope } } } } }`,
        {
          id: reader.id,
        },
      )
    ).node;
    const events = follow(reader, await head());
    await registry.model("lost.one");
    expect(await told(events, 1)).toEqual(["lost.one"]);
    await registry.mutate("revokeRole", {
      grant: grants.nodes.find(({ scope }: { scope: string }) => scope === "lost.*").id,
    });
    await registry.model("lost.two");
    await registry.model("kept.one");
    expect(await told(events, 1)).toEqual(["kept.one"]);
    await registry.mutate("grantRole", { actor: "moves", role: "VIEWER", scope: "lost.*" });
    await registry.model("lost.three");
    expect(await told(events, 1)).toEqual(["lost.three"]);
    await events.return!();
  });
});
