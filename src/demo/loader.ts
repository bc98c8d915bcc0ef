import type { StemmaClient } from "../client/client.ts";
import { gql } from "../client/document.ts";
import { SettingError, StemmaClientError } from "../client/errors.ts";
import { Calendar } from "./calendar.ts";
import { Cast, knowsNobody } from "./cast.ts";
import { mailOf, models } from "./company/company.ts";
import { people } from "./company/people.ts";
import { loadedTag } from "./deed-steps.ts";
import { demoTag } from "./past-steps.ts";
import { stepsOf } from "./steps.ts";

export const companyDocument = gql`
  query DemoCompany($names: [String!], $people: [String!]) {
    models(filter: { name: { in: $names } }, first: 100) {
      nodes {
        name
        tags {
          key
          value
        }
      }
    }
    actors(filter: { name: { in: $people } }, first: 100) {
      nodes {
        name
      }
    }
  }
`;

interface Found {
  models: { nodes: { name: string; tags: { key: string; value: string }[] }[] };
  actors: { nodes: { name: string }[] };
}

/** How far it is: chapter, steps done, steps in all. */
export type Tell = (chapter: string, done: number, total: number) => void;

export interface Loaded {
  /** Nothing was left to do. */
  wasThere: boolean;
  millis: number;
}

/**
 * Loads the company, unless it is there. A load that broke off is taken up again: each step has an idempotency key,
 * and the day it began stays the company's "today". `today` is a date such as 2026-03-31. Throws SettingError where the
 * server takes everybody for one and the same.
 */
export async function loadCompany(
  client: StemmaClient,
  today: string,
  tell: Tell = () => {},
): Promise<Loaded> {
  const began = performance.now();
  const there = await companyIn(client);
  if (there?.isLoaded) return { wasThere: true, millis: performance.now() - began };
  if (await knowsNobody(client)) {
    throw new SettingError(
      "STEMMA_AUTH: expected a server that tells people apart, as nobody approves what he asked for; got one that is off",
    );
  }
  const calendar = new Calendar(there?.today ?? today);
  const cast = new Cast(client, `demo ${calendar.today}`);
  const steps = stepsOf(calendar);
  for (const [index, step] of steps.entries()) {
    tell(step.chapter, index, steps.length);
    await cast.carryOut(step, index + 1);
  }
  tell("done", steps.length, steps.length);
  return { wasThere: false, millis: performance.now() - began };
}

/** Throws where models or people of the same names are somebody else's. */
async function companyIn(client: StemmaClient): Promise<{ today: string; isLoaded: boolean } | null> {
  const names = models.map(({ name }) => name);
  const mails = people.map(({ name }) => mailOf(name));
  const { models: found, actors } = await client.query<Found>(companyDocument, { names, people: mails });
  const tagOf = (model: Found["models"]["nodes"][number], wanted: string) =>
    model.tags.find(({ key }) => key === wanted)?.value;
  const foreign = found.nodes.find((model) => tagOf(model, demoTag) === undefined);
  if (foreign) throw notOurs(`${foreign.name} is a model`);
  const [first] = found.nodes;
  if (!first) {
    // Its models come before its people.
    const [stranger] = actors.nodes;
    if (stranger) throw notOurs(`${stranger.name} is an actor`);
    return null;
  }
  return {
    today: tagOf(first, demoTag)!,
    isLoaded: found.nodes.some((model) => tagOf(model, loadedTag) !== undefined),
  };
}

function notOurs(what: string): StemmaClientError {
  return new StemmaClientError(
    "CONFLICT",
    `${what} of this registry's own; the demo needs one without it, such as DATABASE_URL=sqlite:./data/demo.db`,
  );
}
