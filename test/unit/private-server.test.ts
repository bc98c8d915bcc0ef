import { expect, it } from "vitest";
import { startPrivate } from "../support/private-server.ts";

const start = (program: string, script: string) =>
  startPrivate({ name: "test", program, argumentsOf: () => ["--eval", script], told: /^ready at (\d+)$/m });

it("A private server that cannot be started, or ends before it listens, fails and tells what it wrote", async () => {
  await expect(start("/nowhere/at-all", "")).rejects.toThrow("ENOENT");
  await expect(start(process.execPath, "console.error('no such module')")).rejects.toThrow("no such module");
});

it("A private server is there until it is stopped", async () => {
  const server = await start(
    process.execPath,
    'console.log("ready at", process.pid); setInterval(() => {}, 1e6)',
  );
  const pid = Number(server.said);
  expect(process.kill(pid, 0)).toBe(true);
  await server.stop();
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});
