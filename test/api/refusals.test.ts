import { pino } from "pino";
import { expect, it, onTestFinished } from "vitest";
import { person } from "../support/access.ts";
import { registryOf } from "../support/registry.ts";
import { askOver, socketClient, startWorld, type World } from "../support/world.ts";

type Line = Record<string, unknown> & { msg: string };

async function watchedWorld(): Promise<{ world: World; lines: Line[] }> {
  const lines: Line[] = [];
  const log = pino({ level: "info" }, { write: (line) => void lines.push(JSON.parse(line)) });
  const world = await startWorld({ log });
  onTestFinished(world.close);
  return { world, lines };
}

async function counted(world: World, series: string): Promise<number> {
  const text = await (await fetch(`${world.url}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.split(" ").at(-1));
}

it("counts failed logins by either door, and warns of the fifth from one address", async () => {
  const { world, lines } = await watchedWorld();
  const wrong = { authorization: "Bearer nobody-knows-this-token" };
  for (let turn = 0; turn < 4; turn++) await askOver(world.url, "{ eventHead }", {}, wrong);
  expect(lines.filter(({ msg }) => msg.startsWith("repeated"))).toEqual([]);
  const client = socketClient(world.url, "nobody-knows-this-token");
  onTestFinished(() => client.dispose());
  await expect(client.iterate({ query: "{ eventHead }" }).next()).rejects.toMatchObject({ code: 4401 });
  expect(await counted(world, 'stemma_refusals_total{code="UNAUTHENTICATED"}')).toBe(5);
  expect(lines.filter(({ msg }) => msg.startsWith("repeated"))).toMatchObject([
    { level: 40, from: "127.0.0.1", failures: 5, reason: "this token is not known here" },
  ]);
});

it("logs a denied promotion with the actor and the request, and counts it, over HTTP and over a socket", async () => {
  const { world, lines } = await watchedWorld();
  const registry = registryOf(world);
  await registry.model("risk.alpha");
  await registry.version("risk.alpha");
  const ann = await person(world, "ann", { grants: [["CONTRIBUTOR", "risk.*"]] });
  const promote = `mutation { transitionModelVersion(input: { version: "risk.alpha/1", to: "Production" }) { userErrors { code } } }`;
  await ann.graphql(promote, {}, { "x-request-id": "my-request" });
  await ann.subscribe(promote).next();
  const denied = lines.filter(({ msg }) => msg === "an actor was denied");
  expect(denied).toMatchObject([
    {
      level: 40,
      actor: Number(ann.id.split("_")[1]),
      field: "transitionModelVersion",
      request: "my-request",
    },
    { level: 40, actor: Number(ann.id.split("_")[1]), field: "transitionModelVersion" },
  ]);
  expect(denied[0]!.message).toBe("ann may not do this: it needs stage:transition:Production on risk.alpha");
  expect(await counted(world, 'stemma_refusals_total{code="FORBIDDEN"}')).toBe(2);
  expect(await counted(world, 'stemma_denials_total{field="transitionModelVersion"}')).toBe(2);
});
