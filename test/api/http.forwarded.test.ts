import { describe, expect, it } from "vitest";
import type { HttpSettings } from "../../src/config.ts";
import { handshake, keptLog, send, serverWith } from "../support/open-server.ts";

const client = "203.0.113.9";
const strange = { host: "evil.example" };

/** What the server took for the caller's address, in each record it keeps of one. */
async function addressesKept(settings: Partial<HttpSettings>, forwardedFor: string): Promise<unknown[]> {
  const { log, lines } = keptLog();
  const url = await serverWith(settings, { log });
  const headers = { "x-forwarded-for": forwardedFor };
  const asked = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: "{}" };
  expect((await send(url, "/graphql", asked)).status).toBe(401);
  await handshake(url, { ...headers, ...strange });
  const kept = (message: string) => lines.find(({ msg }) => msg === message)?.from;
  return [kept("answered"), kept("a login failed"), kept("a socket was refused")];
}

const thrice = (address: string) => [address, address, address];

describe("the address of a caller", () => {
  it("is that of the connection, whatever it says, where no proxy is trusted", async () => {
    expect(await addressesKept({}, client)).toEqual(thrice("127.0.0.1"));
  });

  it("is that of the connection where it is not from a trusted proxy", async () => {
    expect(await addressesKept({ trustedProxies: ["10.0.0.0/8", "::1"] }, client)).toEqual(
      thrice("127.0.0.1"),
    );
  });

  it("is what a trusted proxy says", async () => {
    expect(await addressesKept({ trustedProxies: ["127.0.0.1"] }, client)).toEqual(thrice(client));
  });

  it("is the last that no trusted proxy has: what stands before may be the client's own invention", async () => {
    const trustedProxies = ["127.0.0.0/8", "10.0.0.0/8"];
    expect(await addressesKept({ trustedProxies }, `198.51.100.1, ${client}, 10.1.2.3`)).toEqual(
      thrice(client),
    );
  });
});

describe("the name a caller asks for", () => {
  /** Statuses of a request and of a handshake. */
  async function statuses(settings: Partial<HttpSettings>, headers: Record<string, string>) {
    const url = await serverWith({ allowedHosts: ["registry.internal"], ...settings });
    return [(await send(url, "/nothing", { headers })).status, (await handshake(url, headers))[0]];
  }
  const served = [404, 101];
  const refused = [421, 421];
  const trustedProxies = ["127.0.0.1"];

  it("is that of its own Host header where no proxy is trusted", async () => {
    expect(await statuses({}, { ...strange, "x-forwarded-host": "registry.internal" })).toEqual(refused);
    expect(await statuses({}, { "x-forwarded-host": "evil.example" })).toEqual(served);
  });

  it("is what a trusted proxy says", async () => {
    const inside = { host: "stemma-a:4000" };
    expect(
      await statuses({ trustedProxies }, { ...inside, "x-forwarded-host": "registry.internal" }),
    ).toEqual(served);
    expect(await statuses({ trustedProxies }, { ...inside, "x-forwarded-host": "evil.example" })).toEqual(
      refused,
    );
    expect(await statuses({ trustedProxies }, inside)).toEqual(refused);
  });

  it("is the last of several: those before may be the client's own", async () => {
    const both = (one: string, two: string) => ({ ...strange, "x-forwarded-host": `${one}, ${two}` });
    expect(await statuses({ trustedProxies }, both("evil.example", "registry.internal"))).toEqual(served);
    expect(await statuses({ trustedProxies }, both("registry.internal", "evil.example"))).toEqual(refused);
  });

  it("decides which origin a socket's page may have", async () => {
    const headers = {
      host: "stemma-a:4000",
      "x-forwarded-host": "registry.internal",
      origin: "https://registry.internal",
    };
    expect((await statuses({ trustedProxies }, headers))[1]).toBe(101);
    expect((await statuses({ trustedProxies }, { ...headers, origin: "https://stemma-a:4000" }))[1]).toBe(
      403,
    );
  });
});
