import { describe, expect, it, onTestFinished } from "vitest";
import { type BlobProxy, blobProxy, serverBehind } from "../support/blob-proxy.ts";
import { contentsOf, folderOf } from "../support/bundle-folder.ts";
import { type Ending, runCli, startCli } from "../support/cli-process.ts";
import { freshDatabase } from "../support/engines.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";
import type { ServerProcess } from "../support/server-process.ts";
import { adminToken, askOver } from "../support/world.ts";

interface Scene {
  proxy: BlobProxy;
  server: ServerProcess;
  /** The server again, after it was killed. */
  restart(): Promise<void>;
  stemma(...args: string[]): ReturnType<typeof startCli>;
}

async function scene(env: Record<string, string> = {}): Promise<Scene> {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  const proxy = await blobProxy();
  const server = await serverBehind(proxy, settings, env);
  return {
    proxy,
    server,
    restart: async () => void (await serverBehind(proxy, settings, env)),
    stemma: (...args) => startCli(args, { server: { url: proxy.url, token: adminToken } }),
  };
}

const isDone = (ending: Ending) => expect(ending).toMatchObject({ code: 0 });

async function versionsOf({ proxy }: Scene, name: string) {
  const query =
    "query ($name: String!) { model(name: $name) { versions { nodes { number status digest } } } }";
  return (await askOver(proxy.url, query, { name })).data.model.versions.nodes;
}

/** That what was pushed comes back as it was. */
async function comesBack({ proxy }: Scene, ref: string, folder: string): Promise<void> {
  const target = temporaryFolder();
  isDone(await runCli(["pull", ref, target], { server: { url: proxy.url, token: adminToken } }));
  expect(contentsOf(target)).toEqual(contentsOf(folder));
}

const puts = ({ proxy }: Scene) => proxy.seen.filter(({ method }) => method === "PUT");

describe("stemma push, killed", () => {
  it.each([1, 3, 6])(
    "at request %i goes on with the same version, and sends only what had not arrived",
    async (nth) => {
      const here = await scene();
      // Three small ones and five parts: 80 MiB are cut into parts of 16.
      const folder = folderOf({
        "a.bin": 1_000,
        "b/c.bin": 2_000,
        "d.bin": 3_000,
        "weights.bin": 80 * 2 ** 20,
      });
      const args = ["push", "killed", folder, "--create-model", "--connections", "2"];
      const first = here.stemma(...args);
      here.proxy.deed = async ({ number }) => {
        if (number !== nth) return "pass";
        first.kill();
        await first.ended;
        return "cut";
      };
      expect(await first.ended).toMatchObject({ signal: "SIGKILL" });
      const arrived = puts(here).filter(({ status }) => status === 200);
      const sentBefore = here.proxy.seen.length;
      here.proxy.deed = () => "pass";
      const second = await here.stemma(...args).ended;
      isDone(second);
      expect(second.stdout).toContain("killed/1: 4 files");
      expect(await versionsOf(here, "killed")).toEqual([
        { number: 1, status: "READY", digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ]);
      const later = puts(here).slice(sentBefore);
      const again = later.filter(({ path }) => arrived.some((before) => before.path === path));
      expect(again).toEqual([]);
      // What was under way to the server when it was killed may have arrived or not.
      expect(later.length + arrived.length).toBeGreaterThanOrEqual(8 - 1);
      expect(later.length + arrived.length).toBeLessThanOrEqual(8);
      await comesBack(here, "killed/1", folder);
    },
  );

  it("after everything was sent completes it, and sends nothing", async () => {
    const here = await scene();
    const folder = folderOf({ "a.bin": 1_000 });
    const args = ["push", "late", folder, "--create-model"];
    const first = here.stemma(...args);
    here.proxy.deed = () => "pass";
    isDone(await first.ended);
    const second = await here.stemma(...args).ended;
    expect(second.stdout).toContain("late/1 has these files already");
    expect(puts(here)).toHaveLength(1);
  });
});

describe("stemma push goes on", () => {
  it("over a server that is killed and started again", async () => {
    const here = await scene();
    const folder = folderOf({ "a.bin": 1_000, "weights.bin": 80 * 2 ** 20 });
    here.proxy.deed = async ({ number }) => {
      if (number !== 4) return "pass";
      await here.server.kill();
      await here.restart();
      return "cut";
    };
    const pushed = await here.stemma("push", "restarted", folder, "--create-model", "--connections", "2")
      .ended;
    isDone(pushed);
    expect(pushed.stderr).toMatch(/^note: .+; trying again$/m);
    expect(await versionsOf(here, "restarted")).toHaveLength(1);
    await comesBack(here, "restarted/1", folder);
  });

  it.each([403, 500, 503, "cut"] as const)(
    "where the store answers %s, and asks for other URLs",
    async (trouble) => {
      const here = await scene();
      const folder = folderOf({ "a.bin": 1_000, "b.bin": 0, "weights.bin": 40 * 2 ** 20 });
      here.proxy.deed = ({ number }) => (number === 2 || number === 4 ? trouble : "pass");
      isDone(await here.stemma("push", "troubled", folder, "--create-model", "--connections", "1").ended);
      // Three parts, two whole files, and those that failed.
      expect(puts(here)).toHaveLength(7);
      await comesBack(here, "troubled/1", folder);
    },
  );

  it("no longer than it is patient, and says why in one line", async () => {
    const here = await scene();
    here.proxy.deed = () => 503;
    const args = ["push", "away", folderOf({ "a.bin": 10 }), "--create-model", "--patience", "0"];
    const { code, stdout, stderr } = await here.stemma(...args).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^stemma: the object store at 127\.0\.0\.1:\d+ answers 503 \(away\/1 is registered; the same command goes on from there\)\n$/,
    );
    here.proxy.deed = () => 507;
    const full = await here.stemma("push", "away", folderOf({ "a.bin": 10 })).ended;
    expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining("answers 507") });
    for (const { stderr } of [full]) expect(stderr).not.toContain("signature");
  });
});
