import { describe, expect, it } from "vitest";
import { hostNameIn, isAllowedOrigin, isServed, servedHosts } from "../../src/http/hosts.rules.ts";

const settings = {
  allowedHosts: ["registry.internal"],
  publicUrl: "https://stemma.example:8443/registry",
  corsOrigins: ["https://app.example"],
};
const hosts = servedHosts(settings, true);
const open = servedHosts(settings, false);

describe("the name in a Host header", () => {
  it.each([
    ["Stemma.Example:8443", "stemma.example"],
    ["stemma.example.", "stemma.example"],
    ["[::1]:4000", "[::1]"],
    ["[::1]", "[::1]"],
    ["127.0.0.1:", "127.0.0.1"],
    ["", ""],
    [undefined, ""],
  ])("of %j is %j", (host, name) => {
    expect(hostNameIn(host)).toBe(name);
  });
});

describe("the names that are served", () => {
  it.each([
    ["localhost", true, true],
    ["127.0.0.1", true, true],
    ["[::1]", true, true],
    ["registry.internal", true, false],
    ["stemma.example", true, false],
    ["192.0.2.7", true, false],
    ["[2001:db8::1]", true, false],
    ["evil.example", false, false],
    ["127.0.0.1.evil.example", false, false],
    ["2130706433", false, false],
    ["", false, false],
  ])("%j: %j, and without authentication %j", (name, isServedByName, isServedOpenly) => {
    expect(isServed(hosts, name, false)).toBe(isServedByName);
    expect(isServed(open, name, false)).toBe(isServedOpenly);
  });

  it("are any for a probe, but not without authentication", () => {
    expect(isServed(hosts, "stemma-0.stemma.svc", true)).toBe(true);
    expect(isServed(open, "stemma-0.stemma.svc", true)).toBe(false);
  });
});

describe("the origins that may open a socket", () => {
  it.each([
    ["that of a program, which is none", undefined, "stemma.example", true],
    ["its own", "http://stemma.local:4000", "stemma.local:4000", true],
    ["its own, behind a proxy that speaks https", "https://stemma.local", "Stemma.Local", true],
    ["that of PUBLIC_URL", "https://stemma.example:8443", "stemma-a:4000", true],
    ["one of CORS_ORIGINS", "https://app.example", "stemma.example", true],
    ["one of CORS_ORIGINS by another scheme", "http://app.example", "stemma.example", false],
    ["one of CORS_ORIGINS on another port", "https://app.example:8443", "stemma.example", false],
    ["its own name on another port", "http://stemma.local:5173", "stemma.local:4000", false],
    ["a stranger's", "https://evil.example", "stemma.example", false],
    ["that of a sandboxed page", "null", "stemma.example", false],
    ["nothing that can be read", "http://[", "[", false],
  ])("%s", (_, origin, host, isAllowed) => {
    expect(isAllowedOrigin(origin, host, settings)).toBe(isAllowed);
  });
});
