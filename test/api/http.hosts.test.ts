import { describe, expect, it } from "vitest";
import { handshake, send, serverWith } from "../support/open-server.ts";
import { adminToken } from "../support/world.ts";

const asking = {
  authorization: `Bearer ${adminToken}`,
  accept: "application/json",
  "apollo-require-preflight": "yes",
};
const question = "/graphql?query={eventHead}";
const ownNames = [
  "localhost",
  "LOCALHOST:4000",
  "localhost.",
  "127.0.0.1",
  "127.1.2.3:80",
  "[::1]",
  "[::1]:4000",
];
const strangeNames = ["evil.example", "127.0.0.1.evil.example", "localhost.evil:1", "evil.localhost.example"];

async function expectServed(url: URL, host: string): Promise<void> {
  const { status, body } = await send(url, question, { headers: { ...asking, host } });
  expect([host, status, body]).toEqual([host, 200, expect.stringContaining("eventHead")]);
  expect([host, ...(await handshake(url, { host }))]).toEqual([host, 101, ""]);
}

async function expectRefused(url: URL, host: string, message: string, paths = [question]): Promise<void> {
  const refusal = { errors: [{ message, extensions: { code: "MISDIRECTED" } }] };
  for (const path of [...paths, "/", "/nothing"]) {
    const { status, body } = await send(url, path, { headers: { ...asking, host } });
    expect([host, path, status, JSON.parse(body)]).toEqual([host, path, 421, refusal]);
  }
  const [status, body] = await handshake(url, { host });
  expect([host, status, JSON.parse(body)]).toEqual([host, 421, refusal]);
}

const notServed = (name: string) =>
  `the name ${JSON.stringify(name)} is not served here; ALLOWED_HOSTS says which are`;

describe("a server that asks for a token", () => {
  it("answers to its own names and to addresses, and to no other", async () => {
    const url = await serverWith({});
    for (const host of [url.host, ...ownNames, "192.0.2.7", "192.0.2.7:4000", "[2001:db8::1]:4000"]) {
      await expectServed(url, host);
    }
    for (const host of strangeNames) await expectRefused(url, host, notServed(host.split(":")[0]!));
  });

  it("answers to the names of ALLOWED_HOSTS and to that of PUBLIC_URL, on every port", async () => {
    const url = await serverWith({
      allowedHosts: ["registry.internal", "stemma_a"],
      publicUrl: "https://Stemma.example:8443/registry",
    });
    for (const host of ["registry.internal:4000", "Registry.Internal", "stemma_a", "stemma.example"]) {
      await expectServed(url, host);
    }
    for (const host of ["evil.registry.internal", "internal", "example"]) {
      await expectRefused(url, host, notServed(host));
    }
  });

  it("tells probes of its health, whatever name they come by", async () => {
    const url = await serverWith({});
    for (const path of ["/health", "/ready", "/metrics", "/health/", "/ready?verbose=1"]) {
      const { status } = await send(url, path, { headers: { host: "stemma-0.stemma.svc" } });
      expect([path, status]).toEqual([path, 200]);
    }
  });
});

describe("a server without authentication", () => {
  const auth = { mode: "off" } as const;
  const onlyLoopback = "without authentication only localhost, 127.0.0.1 and [::1] are served";

  it("answers to loopback names only, whatever else is set, and to probes by no other", async () => {
    const url = await serverWith(
      { allowedHosts: ["registry.internal"], publicUrl: "http://stemma.example" },
      { auth },
    );
    for (const host of [url.host, ...ownNames]) await expectServed(url, host);
    const probes = ["/health", "/ready", "/metrics"];
    for (const host of [...strangeNames, "registry.internal", "stemma.example", "192.0.2.7"]) {
      await expectRefused(url, host, onlyLoopback, [question, ...probes]);
    }
  });
});
