import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { askSecret } from "../../src/cli/secret-prompt.ts";

/** A terminal that somebody types at, and what it shows. */
function terminal() {
  const modes: boolean[] = [];
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => modes.push(isRaw),
  });
  const output = new PassThrough().setEncoding("utf8");
  return { input, output, modes, shown: () => output.read() as string };
}

it("A secret is asked for without an echo, neither of the terminal nor of the program", async () => {
  const { input, output, modes, shown } = terminal();
  const asked = askSecret("Token: ", { input, output });
  for (const key of "stm_x\u007fsecret") input.write(key);
  input.write("\r");
  expect(await asked).toBe("stm_secret");
  expect(shown()).toBe("Token: \n");
  // The terminal itself echoes nothing while it is raw.
  expect(modes).toEqual([true, false]);
});

it.each([
  ["Ctrl-C", "\u0003"],
  ["Ctrl-D", "\u0004"],
])("A question for a secret ends with %s, and the terminal is as it was", async (_, key) => {
  const { input, output, modes, shown } = terminal();
  const asked = askSecret("Token: ", { input, output });
  input.write(key);
  await expect(asked).rejects.toThrow("nothing was typed");
  expect(shown()).toBe("Token: \n");
  expect(modes).toEqual([true, false]);
});

it("A question for a secret ends with the terminal", async () => {
  const { input, output } = terminal();
  const asked = askSecret("Token: ", { input, output });
  input.end();
  await expect(asked).rejects.toThrow("nothing was typed");
});
