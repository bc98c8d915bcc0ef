import { expect, it } from "vitest";
import { person } from "../support/access.ts";
import { runCli } from "../support/cli-process.ts";
import { retentionWorld } from "../support/retention-world.ts";

it("stemma gc --dry-run says what nothing refers to, to who holds the right everywhere, and takes nothing away", async () => {
  const own = await retentionWorld();
  await own.registry.model("m");
  await own.versionAt("m", "Staging", "Archived");
  await own.registry.mutate("setRetention", { model: "*", preset: "STANDARD" }, "retention { id }");
  const stemma = (token: string, ...args: string[]) =>
    runCli(["gc", ...args], { server: { url: own.world.url, token } });
  const nothing = { count: 0, sizeBytes: 0 };
  const told = async () => JSON.parse((await stemma(own.world.token, "--dry-run", "--json")).stdout);
  expect(await told()).toMatchObject({ unreferenced: nothing, condemned: nothing, due: nothing });
  own.wait(91);
  await own.purgeDue();
  for (let turn = 0; turn < 2; turn++) {
    expect(await told()).toMatchObject({
      unreferenced: { count: 1, sizeBytes: 100 },
      condemned: nothing,
      due: nothing,
    });
  }
  const { code, stdout } = await stemma(own.world.token, "--dry-run");
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/condemn +1 object, 100 bytes; deleted 7 days later/),
  ]);
  await own.collect();
  expect(await told()).toMatchObject({ unreferenced: nothing, condemned: nothing, due: nothing });

  const partly = await person(own.world, "partly", { grants: [["ADMIN", "m"]] });
  expect(await stemma(partly.token, "--dry-run")).toMatchObject({ code: 1, stdout: "" });
  expect(await stemma(own.world.token)).toMatchObject({ code: 2, stdout: "" });
});
