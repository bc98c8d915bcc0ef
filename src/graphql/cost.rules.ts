// What an operation costs, in points: about one for each object it may have to find. Scalars cost nothing.
import type { GraphQLField } from "graphql";
import { defaultPageSize } from "../kernel/page.ts";

/** Of the operation itself, whatever it asks for. */
export const costOfOperation = 1;
/** Of one field that answers an object, or of each object of a list. */
export const costOfObject = 1;
/** Of a mutation, besides what it answers: a transaction and its events. */
export const costOfMutation = 10;

/** Fields whose answer takes a walk through the graph, or a judgement, besides the objects it holds. */
const walks = new Map([
  ["Query.impact", 50],
  ["Query.lineage", 50],
  ["Query.lineageDiff", 100],
  ["Query.lineagePath", 50],
  ["Query.reproduction", 50],
  ["ModelVersion.lineage", 50],
  ["TransitionRequest.verdict", 10], // as many statements as its gates need, for each request of a page
]);

/** Lists without pages are taken to be so long: tags, params, metrics, aliases. */
export const usualListLength = 10;
/** No page anywhere is larger. A field that is asked for more refuses, so that nothing is found below it. */
const largestPage = 1_000;
const usualPages = new Map([["Run.metricHistory", 100]]);
/** Lists without pages that are shorter: what is signed for a file, of which an upload may have thousands; stages. */
const shortLists = new Map([
  ["Model.latestInStages", 4],
  ["UploadFile.headers", 2],
  ["UploadFile.parts", 2],
  ["UploadPart.headers", 1],
]);

type Field = GraphQLField<unknown, unknown>;

/** Such as Query.models. */
export function placeOf(type: string, field: Field): string {
  return `${type}.${field.name}`;
}

export function costOfWalk(place: string): number {
  return walks.get(place) ?? 0;
}

/** How many of a page there are where neither first nor last says so; null for a list as long as any, and for no list. */
export function usualPageOf(place: string, field: Field): number | null {
  const first = field.args.find(({ name }) => name === "first");
  if (!first) return shortLists.get(place) ?? null;
  const usual = first.defaultValue ?? usualPages.get(place) ?? defaultPageSize;
  return typeof usual === "number" ? usual : defaultPageSize;
}

/** Such as the ids of `nodes`: there is one object for each. */
export function namesObjects(field: Field): string | null {
  return field.args.find(({ name }) => name === "ids" || name === "refs")?.name ?? null;
}

/** Objects on a page of this size, as it was given; null where it is to be the usual one. */
export function objectsOnPage(given: unknown): number | null {
  if (given === null || given === undefined) return null;
  return typeof given === "number" && given >= 1 && given <= largestPage ? given : 0;
}
