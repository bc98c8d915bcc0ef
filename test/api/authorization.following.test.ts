import type { GraphQLObjectType } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { schemaOfApp } from "../../src/wiring/rooms.ts";
import { everybody, everyone, known, readers, type Who } from "../support/authorization/roles.ts";
import { subscriptions } from "../support/authorization/rows.ts";
import { secretWord, tellAccessStory } from "../support/authorization/story.ts";
import { registryOf } from "../support/registry.ts";
import { type Asker, startWorld } from "../support/world.ts";

let people: Record<Who, Asker>;

beforeAll(async () => {
  const world = await startWorld();
  people = await everyone(world, "hush.*");
  await tellAccessStory(world);
  // The last event of each kind is one that the other scope may read: whoever waits for it has seen all before it.
  const registry = registryOf(world);
  const wish = { version: "plain.beta/1", to: "Staging", reason: "plain" };
  const asked = "transitionRequest { id }";
  const { transitionRequest } = await registry.mutate("requestTransition", wish, asked);
  const reviewer = await registry.colleague("third reviewer", "APPROVER");
  const decision = { request: transitionRequest.id, decision: "REJECT", comment: "plain" };
  await reviewer.mutate("reviewTransition", decision, "approval { id }");
  await registry.promote("plain.beta/1", "Staging");
  return world.close;
});

/** All that a subscription tells from the beginning until something of `plain.beta` moves or, for readers, until `hush.alpha` did. */
async function told(who: Who, subscription: string, last: string): Promise<string> {
  const answers = people[who].subscribe(subscription);
  let text = "";
  for await (const answer of answers) {
    expect(answer.errors).toBeUndefined();
    text += JSON.stringify(answer.data);
    if (text.includes(last)) return text;
  }
  throw new Error(`the subscription ended before ${last}`);
}

const questions: Record<string, string> = {
  registryEvents: `subscription { registryEvents(after: "start") {
    type payload body header texts { text } attributedTo actor { name }
    subject { id ... on ModelVersion { number model { name } run { name } } } } }`,
  transitionRequested: `subscription { transitionRequested(after: "start") { cursor transitionRequest { reason to modelVersion { model { name } } } } }`,
  approvalGiven: `subscription { approvalGiven(after: "start") { cursor approval { comment request { to modelVersion { model { name } } } } } }`,
  stageChanged: `subscription { stageChanged(after: "start") { to comment modelVersion { model { name } number } } }`,
};

/** What a reader of `hush.*` waits for. */
const lasts: Record<string, string> = {
  transitionRequested: '"hush, it is wanted"',
  approvalGiven: '"hush, it is good"',
};

it("has a row for every subscription, and none for what is not there", () => {
  const fields = Object.keys(schemaOfApp().getSubscriptionType()!.getFields());
  expect([...subscriptions.keys()].sort()).toEqual(fields.map((name) => `Subscription.${name}`).sort());
  expect(Object.keys(questions).sort()).toEqual(fields.sort());
  // What no query leads to is asked for whole.
  for (const name of ["TransitionRequestedEvent", "ApprovalGivenEvent"]) {
    const type = schemaOfApp().getType(name) as GraphQLObjectType;
    const question = questions[`${name[0]!.toLowerCase()}${name.slice(1).replace("Event", "")}`]!;
    for (const field of Object.keys(type.getFields())) expect(question).toContain(field);
  }
});

describe.each(everybody)("%s", (who) => {
  it.each(Object.keys(questions))("follows %s", async (name) => {
    const question = questions[name]!;
    if (!known.includes(who)) {
      const refused = people[who].subscribe(question).next();
      await expect(refused).rejects.toMatchObject({ code: 4401 });
    } else if (readers.includes(who)) {
      expect(subscriptions.get(`Subscription.${name}`)).toContain(who);
      const last = lasts[name] ?? '"hush, it is live"';
      expect(await told(who, question, last)).toContain("hush.alpha");
    } else {
      expect(await told(who, question, '"to":"Staging"')).not.toContain(secretWord);
    }
  });
});
