import { hash, timingSafeEqual } from "node:crypto";
import { chmod, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { administrator, type Credentials, type Session } from "./authenticate.ts";
import { newToken } from "./token.rules.ts";

const digestOf = (text: string) => hash("sha256", text, "buffer");

/** The token of the settings: compared by digest, in constant time; it never ends while the process runs. */
export class AdminToken implements Credentials {
  private readonly digest: Buffer;

  constructor(token: string) {
    this.digest = digestOf(token);
  }

  recognize(secret: string): boolean {
    return timingSafeEqual(digestOf(secret), this.digest);
  }

  async sessionOf(): Promise<Session> {
    return { actor: administrator, endsAt: null };
  }
}

/** The token kept in `file` (mode 0600), minted there the first time. */
export async function keptToken(file: string): Promise<{ token: string; isNew: boolean }> {
  await mkdir(dirname(file), { recursive: true });
  const token = newToken();
  try {
    const handle = await open(file, "wx", 0o600);
    await handle.writeFile(`${token}\n`);
    await handle.close();
    return { token, isNew: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  await chmod(file, 0o600);
  const kept = (await readFile(file, "utf8")).trim();
  if (kept.length < 32)
    throw new Error(`${file} holds no token of at least 32 characters; delete it to mint a new one`);
  return { token: kept, isNew: false };
}
