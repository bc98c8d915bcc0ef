import { expect, it } from "vitest";
import { AccessChanges } from "../../src/access/access-changes.ts";
import { AccessJournal } from "../../src/access/access-journal.ts";
import { JournalWorld, writer } from "../support/journal-world.ts";

it("tells a change made here once, when it is committed, and one made elsewhere at the next look", async () => {
  const world = await JournalWorld.open();
  const [here, elsewhere] = [new AccessChanges(world.db), new AccessChanges(world.db)];
  const journal = new AccessJournal(world.journal, here);
  const draft = { type: "role.defined", subject: 1, body: {} };
  const revisions = () => [here.revision, elsewhere.revision];
  const change = (times: number) =>
    world.db.write(async (tx) => {
      for (let time = 0; time < times; time++) journal.record(tx, writer, draft);
    });
  await change(2);
  expect(revisions()).toEqual([1, 0]);
  await Promise.all([here.upTo(2), elsewhere.upTo(2)]);
  expect(revisions()).toEqual([1, 1]);
  await change(1);
  await world.write({ type: "role.defined" });
  await Promise.all([here.upTo(4), elsewhere.upTo(4)]);
  expect(revisions()).toEqual([3, 2]);
});
