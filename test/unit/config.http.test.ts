import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/config/reading.ts";
import { readConfig } from "../../src/config.ts";

const httpWith = (env: Record<string, string>) => readConfig(env).http;

describe("the settings of the HTTP door", () => {
  it("serve this machine only, believe nobody and allow no other pages where nothing is set", () => {
    expect(httpWith({})).toEqual({
      host: "127.0.0.1",
      port: 4000,
      publicUrl: null,
      allowedHosts: [],
      trustedProxies: [],
      corsOrigins: [],
      maxConcurrentRequests: 64,
      maxWaitingRequests: 256,
    });
  });

  it("are lists between commas, with or without spaces, and numbers", () => {
    const env = {
      ALLOWED_HOSTS: "Stemma.example, registry.internal,,stemma_a ",
      TRUSTED_PROXIES: "10.0.0.7, 172.16.0.0/12,fd00::/8, 2001:db8::1/128",
      CORS_ORIGINS: "https://App.example,http://localhost:5173",
      MAX_CONCURRENT_REQUESTS: "8",
      MAX_WAITING_REQUESTS: "0",
    };
    expect(httpWith(env)).toMatchObject({
      allowedHosts: ["stemma.example", "registry.internal", "stemma_a"],
      trustedProxies: ["10.0.0.7", "172.16.0.0/12", "fd00::/8", "2001:db8::1/128"],
      corsOrigins: ["https://app.example", "http://localhost:5173"],
      maxConcurrentRequests: 8,
      maxWaitingRequests: 0,
    });
  });

  it.each([
    ["ALLOWED_HOSTS", "stemma.example:4000", "names without ports"],
    ["ALLOWED_HOSTS", "https://stemma.example", "names without ports"],
    ["ALLOWED_HOSTS", "*.example", "names without ports"],
    ["ALLOWED_HOSTS", `${"a.".repeat(130)}example`, "names without ports"],
    ["TRUSTED_PROXIES", "proxy.example", "addresses or subnets"],
    ["TRUSTED_PROXIES", "loopback", "addresses or subnets"],
    ["TRUSTED_PROXIES", "10.0.0.0/0", "addresses or subnets"],
    ["TRUSTED_PROXIES", "10.0.0.0/33", "addresses or subnets"],
    ["TRUSTED_PROXIES", "fd00::/129", "addresses or subnets"],
    ["TRUSTED_PROXIES", "10.0.0.0/8/8", "addresses or subnets"],
    ["TRUSTED_PROXIES", "10.0.0.0/", "addresses or subnets"],
    ["CORS_ORIGINS", "*", "origins such as"],
    ["CORS_ORIGINS", "null", "origins such as"],
    ["CORS_ORIGINS", "https://app.example/", "origins such as"],
    ["CORS_ORIGINS", "https://app.example/path", "origins such as"],
    ["CORS_ORIGINS", "https://app.example:443", "origins such as"],
    ["CORS_ORIGINS", "ftp://app.example", "origins such as"],
    ["MAX_CONCURRENT_REQUESTS", "0", "a whole number 1–10000"],
    ["MAX_CONCURRENT_REQUESTS", "1.5", "a whole number 1–10000"],
    ["MAX_WAITING_REQUESTS", "-1", "a whole number 0–100000"],
    ["MAX_WAITING_REQUESTS", "many", "a whole number 0–100000"],
  ])("stop the start where %s is %s", (variable, wrong, expected) => {
    const read = () => httpWith({ [variable]: wrong });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(`${variable}: expected ${expected}`);
    expect(read).toThrow(`; got ${JSON.stringify(wrong)}`);
  });

  it("name the one of a list that is wrong", () => {
    const read = () => httpWith({ ALLOWED_HOSTS: "a.example, b.example:1, c.example" });
    expect(read).toThrow('; got "b.example:1"');
  });
});
