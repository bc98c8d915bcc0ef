import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/config/reading.ts";
import { readConfig } from "../../src/config.ts";

const limitsWith = (env: Record<string, string>) => readConfig(env).limits;

describe("the settings of limits", () => {
  it("are half a minute, a bucket for each actor in this process, and any document where nothing is set", () => {
    expect(limitsWith({})).toEqual({
      executionSeconds: 30,
      rate: { perSecond: 20_000, burst: 1_000_000, redisUrl: null },
      trustedDocuments: null,
    });
  });

  it("are numbers, a server and a file", () => {
    expect(
      limitsWith({
        EXECUTION_SECONDS: "5",
        RATE_LIMIT_PER_SECOND: "100",
        RATE_LIMIT_BURST: "100000",
        REDIS_URL: "rediss://stemma:secret@redis.internal:6380/2",
        STEMMA_TRUSTED_DOCUMENTS: "documents.json",
      }),
    ).toEqual({
      executionSeconds: 5,
      rate: { perSecond: 100, burst: 100_000, redisUrl: "rediss://stemma:secret@redis.internal:6380/2" },
      trustedDocuments: "documents.json",
    });
  });

  it("let actors spend what they like where nothing fills their buckets", () => {
    expect(limitsWith({ RATE_LIMIT_PER_SECOND: "0" }).rate).toBeNull();
  });

  it.each([
    ["EXECUTION_SECONDS", "0", "a whole number 1–3600"],
    ["EXECUTION_SECONDS", "1.5", "a whole number 1–3600"],
    ["RATE_LIMIT_PER_SECOND", "-1", "a whole number 0–"],
    ["RATE_LIMIT_BURST", "99999", "a whole number 100000–"],
    ["REDIS_URL", "http://redis:6379", "redis://host:6379"],
    ["REDIS_URL", "redis://", "redis://host:6379"],
    ["REDIS_URL", "redis.internal:6379", "redis://host:6379"],
  ])("stop the start where %s is %s", (variable, wrong, expected) => {
    const read = () => limitsWith({ [variable]: wrong });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(`${variable}: expected ${expected}`);
  });

  it("are not repeated where they may hold a password", () => {
    for (const wrong of ["rediss:/stemma:secret@redis", "secret@redis", "secret"]) {
      expect(() => limitsWith({ REDIS_URL: wrong })).toThrow(/^REDIS_URL: (?!.*secret)/);
    }
  });
});
