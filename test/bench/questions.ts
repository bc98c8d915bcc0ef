import { type Asking, requestBytes } from "./load.ts";
import { alias, benchToken, graphqlRequest, modelCount, modelName, versionsPerModel } from "./seed.ts";
import type { SeededClosure } from "./seed-lineage.ts";
import type { Asked } from "./sides.ts";

/** One question, as each of the two servers is asked it. */
export interface Question extends Asked {
  handwritten: Asking;
  stemma: Asking;
  /** Share of the hand-written handler's speed below which Stemma has failed; null where it is only reported. */
  least: number | null;
  aim: number | null;
}

const versionQuery = `query Version($ref: VersionRef!) {
  modelVersion(ref: $ref) { id number stage status uri model { name } aliases createdAt }
}`;

const modelsQuery = `query Models($first: Int!, $versions: Int!) {
  models(first: $first) { nodes { id name versions(first: $versions) { nodes { id number stage status createdAt } } } }
}`;

const lineageQuery = `query Lineage($root: ID!, $first: Int!, $depth: Int!) {
  lineage(root: $root, direction: UPSTREAM, first: $first, depth: $depth) {
    nodes { id kind label degree } edges { from to type role } totalNodes isPartial
  }
}`;

const largestPage = 1_000;
const deepEnough = 1_000;

function handwrittenRequest(path: string): Buffer {
  return requestBytes("GET", path, { authorization: `Bearer ${benchToken}` });
}

function inTurn(requests: readonly Buffer[]): Asking {
  return (turn) => requests[turn % requests.length]!;
}

/** `token` is what Stemma is asked with. */
export function registryQuestions(token = benchToken): Question[] {
  const refs = Array.from({ length: modelCount }, (_, index) => `${modelName(index)}@${alias}`);
  return [
    {
      name: "one version by name@alias",
      handwritten: inTurn(refs.map((ref) => handwrittenRequest(`/version?ref=${encodeURIComponent(ref)}`))),
      stemma: inTurn(refs.map((ref) => graphqlRequest(versionQuery, { ref }, token))),
      variants: refs.length,
      warmUpAnswers: 10_000,
      least: 0.4,
      aim: 0.5,
    },
    resolveQuestion(refs, token),
    modelsQuestion(token),
  ];
}

/** What serving asks when it starts: version, image, digest and where each file is. */
function resolveQuestion(refs: readonly string[], token: string): Question {
  return {
    name: "resolve name@alias",
    handwritten: inTurn(refs.map((ref) => handwrittenRequest(`/resolve?ref=${encodeURIComponent(ref)}`))),
    stemma: inTurn(
      refs.map((ref) => requestBytes("GET", `/resolve/${ref}`, { authorization: `Bearer ${token}` })),
    ),
    variants: refs.length,
    warmUpAnswers: 10_000,
    least: 0.5,
    aim: 0.7,
  };
}

/** A dashboard: all models, each with its latest versions. */
export function modelsQuestion(token = benchToken): Question {
  return {
    name: `${modelCount} models × ${versionsPerModel} versions`,
    handwritten: inTurn([handwrittenRequest(`/models?first=${modelCount}&versions=${versionsPerModel}`)]),
    stemma: inTurn([graphqlRequest(modelsQuery, { first: modelCount, versions: versionsPerModel }, token)]),
    variants: 1,
    warmUpAnswers: 500,
    least: 0.6,
    aim: 0.75,
  };
}

/**
 * The closure upstream of a node, drawn: kinds, labels and edges of its first page. Stemma remembers the walks of the
 * last minute; a depth that no turn had before makes it walk anew each time, and changes nothing else.
 */
export function lineageQuestion({ size, roots }: SeededClosure, token = benchToken): Question {
  const first = Math.min(size, largestPage);
  const rootOf = (turn: number) => roots[turn % roots.length]!;
  const page = size > first ? `, first ${first} drawn` : "";
  return {
    name: `lineage of ${size} nodes${page}`,
    handwritten: (turn) => handwrittenRequest(`/lineage?root=${rootOf(turn)}&first=${first}`),
    stemma: (turn) =>
      graphqlRequest(lineageQuery, { root: `mv_${rootOf(turn)}`, first, depth: deepEnough + turn }, token),
    variants: roots.length,
    warmUpAnswers: 200_000 / size,
    least: null,
    aim: null,
  };
}
