import { describe, expect, it } from "vitest";
import { EdgeType } from "../../src/graph/graph.entity.ts";
import { findRing, withoutRepeats } from "../../src/graph/graph.rules.ts";
import { differenceOf } from "../../src/lineage/diff.rules.ts";

const edges = (pairs: [number, number][]) => pairs.map(([src, dst]) => ({ src, dst }));

describe("findRing", () => {
  it("names the nodes of a ring in the direction of its edges", () => {
    expect(
      findRing(
        edges([
          [9, 1],
          [1, 2],
          [2, 3],
          [3, 1],
          [3, 4],
        ]),
      ),
    ).toEqual([1, 2, 3]);
    expect(findRing(edges([[5, 5]]))).toEqual([5]);
  });

  it("finds none where ways only meet again", () => {
    expect(
      findRing(
        edges([
          [1, 2],
          [1, 3],
          [2, 4],
          [3, 4],
          [1, 4],
          [1, 2],
        ]),
      ),
    ).toBeNull();
    expect(findRing([])).toBeNull();
  });

  it("follows a chain longer than any call stack", () => {
    const chain = Array.from({ length: 200_000 }, (_, at): [number, number] => [at, at + 1]);
    expect(findRing(edges(chain))).toBeNull();
    expect(findRing(edges([...chain, [200_000, 0]]))).toHaveLength(200_001);
  });
});

it("takes edges that say the same for one, the first", () => {
  const edge = { src: 1, dst: 2, type: EdgeType.CONSUMED };
  const told = [edge, { ...edge, role: "" }, { ...edge, role: "train" }, { ...edge, type: EdgeType.SPAWNED }];
  expect(withoutRepeats(told)).toEqual([told[0], told[2], told[3]]);
});

describe("differenceOf", () => {
  it("pairs ten thousand of one container in their order", () => {
    const many = (from: number) =>
      Array.from({ length: 10_000 }, (_, at) => ({
        nodeId: from + at,
        kind: "DATASET_VERSION",
        containerId: 7,
      }));
    const { added, removed, changed } = differenceOf(many(10), [...many(20_000), ...many(40_000)]);
    expect(removed).toEqual([]);
    expect(added).toEqual(many(40_000));
    expect(changed.every(({ left, right }) => right.nodeId - left.nodeId === 19_990)).toBe(true);
  });

  const node = (nodeId: number, containerId: number | null = null, kind = "DATASET_VERSION") => ({
    nodeId,
    containerId,
    kind,
  });

  it("pairs members of one container, nearest with nearest, and leaves the rest alone", () => {
    const left = [node(1, 100), node(2, 100), node(3, 100), node(4), node(9, 200)];
    const right = [node(9, 200), node(5, 100), node(6, 100), node(7, 300), node(8)];
    expect(differenceOf(left, right)).toEqual({
      changed: [
        { left: node(1, 100), right: node(5, 100) },
        { left: node(2, 100), right: node(6, 100) },
      ],
      removed: [node(3, 100), node(4)],
      added: [node(7, 300), node(8)],
    });
  });

  it("does not pair a run with a logged model of the same experiment", () => {
    const difference = differenceOf([node(1, 7, "RUN")], [node(2, 7, "LOGGED_MODEL")]);
    expect(difference.changed).toEqual([]);
  });
});
