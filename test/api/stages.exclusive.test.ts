import { expect, it } from "vitest";
import { engine } from "../support/engines.ts";
import { contest } from "../support/exclusive-stages.ts";

// SQLite has one writer at a time, whatever is locked; `test/mysql/unlocked-stages.test.ts` proves that this would notice.
// 2,000 promotions take half a minute: STEMMA_PROMOTIONS=2000 has as many.
const promotions = Number(process.env.STEMMA_PROMOTIONS ?? 640);
const wish = { processes: engine() === "sqlite" ? 1 : 3, promotions };

const sum = (outcomes: Record<string, number>) =>
  Object.values(outcomes).reduce((total, count) => total + count, 0);

it("has no more versions in a stage than the policy says, whoever promotes rivals, by whatever process", async () => {
  const { outcomes, moved, most, record } = await contest(wish);
  expect({ seen: most, recorded: record.most }).toEqual({ seen: 1, recorded: 1 });
  const { REJECT: rejecting, ARCHIVE_EXISTING: archiving } = outcomes;
  expect(sum(rejecting) + sum(archiving)).toBe(wish.promotions);
  // Each was done, or refused for want of room.
  const { moved: won, REFUSED_BY_POLICY: refused, ...neither } = rejecting;
  expect([won! > 0, refused! > 0, neither]).toEqual([true, true, {}]);
  const { moved: archived, "there already": _, ...lost } = archiving;
  expect([archived! > 0, lost]).toEqual([true, {}]);
  // The journal tells of just these, and stays and stages agree with it.
  expect(record.moved).toBe(moved);
  expect(record.kept).toEqual(record.told);
  const last = Object.entries(record.told).map(([version, stays]) => [version, stays.at(-1)![0]]);
  expect(record.stands).toEqual(Object.fromEntries(last));
}, 600_000);
