import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { chmod, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isLoopback } from "../config.ts";
import { type Actor, ActorKind } from "../kernel/actor.ts";
import { StemmaError } from "../kernel/errors.ts";

/** The administrator's node, made by the first migration. */
export const administrator: Actor = { node: 1, name: "administrator", kind: ActorKind.SERVICE };

/** Turns what a caller shows into an actor. */
export interface Authenticator {
  /** `host` is the Host header of a request or a socket. Throws FORBIDDEN where it is not to be served at all. */
  admit(host: string | undefined): void;
  /** `authorization` is the header's value. Throws UNAUTHENTICATED. */
  actorOf(authorization: string | undefined): Actor;
}

const digestOf = (text: string) => hash("sha256", text, "buffer");

/** One token, one administrator. Compared by digest, in constant time. */
export class AdminToken implements Authenticator {
  private readonly digest: Buffer;

  constructor(token: string) {
    this.digest = digestOf(token);
  }

  admit(): void {}

  actorOf(authorization: string | undefined): Actor {
    const shown = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization ?? "")?.[1];
    if (shown === undefined) {
      throw new StemmaError("UNAUTHENTICATED", "send a token: Authorization: Bearer <token>");
    }
    if (!timingSafeEqual(digestOf(shown), this.digest)) {
      throw new StemmaError("UNAUTHENTICATED", "this token is not known here");
    }
    return administrator;
  }
}

/** Everybody is the administrator: only ever on a loopback address. */
export class NoAuthentication implements Authenticator {
  /** Another site's name may be made to lead here, and a browser then lets its pages ask: only our own names are served. */
  admit(host: string | undefined): void {
    if (isLoopback((host ?? "").toLowerCase().replace(/:\d*$/, ""))) return;
    throw new StemmaError(
      "FORBIDDEN",
      "without authentication only localhost, 127.0.0.1 and [::1] are served",
    );
  }

  actorOf(): Actor {
    return administrator;
  }
}

/** The token kept in `file` (mode 0600), minted there the first time. */
export async function keptToken(file: string): Promise<{ token: string; isNew: boolean }> {
  await mkdir(dirname(file), { recursive: true });
  const token = `stm_admin_${randomBytes(24).toString("base64url")}`;
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
