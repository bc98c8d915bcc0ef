import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { SettingError } from "./errors.ts";
import { isHeaderToken, knownUrl } from "./server-url.ts";

interface Login {
  token: string;
  /** RFC 3339. */
  savedAt?: string;
}

/** What the file holds. */
export interface Logins {
  /** The server of the last login; null where that was ended. */
  current: string | null;
  servers: ReadonlyMap<string, Login>;
}

const ofOthers = 0o077;

/**
 * Where logins are kept, for their owner's eyes only: one token for each server, and which server is meant where none is
 * named. Written whole or not at all; of two programs that write at once, the later one wins.
 */
export class LoginFile {
  constructor(readonly path: string) {}

  /** Nothing where there is no file. Throws SettingError where others may read it, or where it holds something else. */
  read(): Logins {
    const text = this.text();
    return text === null ? { current: null, servers: new Map() } : this.parse(text);
  }

  /** Keeps a server's token, and makes that server the current one. */
  save(url: string, token: string): void {
    const { servers } = this.read();
    const savedAt = new Date().toISOString();
    this.write({ current: url, servers: new Map([...servers, [url, { token, savedAt }]]) });
  }

  /** Puts a token in the place of another, where that is the one that is kept. Answers whether it was. */
  replace(url: string, old: string, token: string): boolean {
    const { current, servers } = this.read();
    if (servers.get(url)?.token !== old) return false;
    const savedAt = new Date().toISOString();
    this.write({ current, servers: new Map([...servers, [url, { token, savedAt }]]) });
    return true;
  }

  /** Answers whether there was a token of this server. */
  forget(url: string): boolean {
    const { current, servers } = this.read();
    if (!servers.has(url)) return false;
    this.write({
      current: current === url ? null : current,
      servers: new Map([...servers].filter(([server]) => server !== url)),
    });
    return true;
  }

  private text(): string | null {
    let file: number;
    try {
      file = openSync(this.path, "r");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw this.unusable("cannot be read", error);
    }
    try {
      // Windows keeps no such bits.
      const mode = process.platform === "win32" ? 0 : fstatSync(file).mode & 0o777;
      if ((mode & ofOthers) !== 0) {
        throw new SettingError(
          `${this.path}: others on this machine may read or change it (mode 0${mode.toString(8)}); run \`chmod 600\` on it, and \`stemma token rotate\` where somebody may have`,
        );
      }
      return readFileSync(file, "utf8");
    } catch (error) {
      if (error instanceof SettingError) throw error;
      throw this.unusable("cannot be read", error);
    } finally {
      closeSync(file);
    }
  }

  private parse(text: string): Logins {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      // Not in the parser's words: they repeat what stands there.
      throw this.broken("it is no JSON");
    }
    const { current = null, servers = {} } = this.objectIn("the whole", parsed) as Record<string, unknown>;
    const logins = Object.entries(this.objectIn("servers", servers)).map(([name, entry]): [string, Login] => {
      const url = this.urlIn("a name in servers", name);
      const { token, savedAt } = this.objectIn(`the entry of ${url}`, entry) as Partial<Login>;
      if (!isHeaderToken(token)) throw this.broken(`the token of ${url} is none that could be sent`);
      return [url, { token, savedAt }];
    });
    return { current: current === null ? null : this.urlIn("current", current), servers: new Map(logins) };
  }

  private objectIn(place: string, value: unknown): object {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    throw this.broken(`${place} is no object`);
  }

  private urlIn(place: string, value: unknown): string {
    const url = typeof value === "string" ? knownUrl(value) : null;
    if (url === null) throw this.broken(`${place} is no http(s) URL`);
    return url;
  }

  private broken(what: string): SettingError {
    return new SettingError(`${this.path}: ${what}; mend it, or delete it and run \`stemma login\` again`);
  }

  private unusable(how: string, error: unknown): SettingError {
    return new SettingError(`${this.path}: ${how} (${(error as NodeJS.ErrnoException).code})`);
  }

  private write({ current, servers }: Logins): void {
    const text = JSON.stringify({ current, servers: Object.fromEntries(servers) }, null, 2);
    const folder = dirname(this.path);
    const draft = `${this.path}.${randomUUID()}`;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      chmodSync(folder, 0o700);
      const file = openSync(draft, "wx", 0o600);
      try {
        writeFileSync(file, `${text}\n`);
        fsyncSync(file);
        renameSync(draft, this.path);
      } finally {
        closeSync(file);
        rmSync(draft, { force: true }); // there still where something failed
      }
    } catch (error) {
      throw this.unusable("cannot be written", error);
    }
  }
}
