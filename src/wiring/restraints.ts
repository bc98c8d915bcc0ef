import type { Logger } from "pino";
import type { LimitSettings, RateSettings } from "../config.ts";
import type { Restraints } from "../graphql/bounds.ts";
import { MemoryRateLimiter, type RateLimiter } from "../graphql/rate-limit.ts";
import { SharedRateLimiter } from "../graphql/shared-rate-limit.ts";
import { TrustedDocuments } from "../graphql/trusted-documents.ts";

/** What these settings hold operations to, besides the limits of every one. */
export async function restraintsOf(
  { trustedDocuments, rate }: LimitSettings,
  log: Logger,
): Promise<Restraints> {
  const trusted = trustedDocuments === null ? null : await TrustedDocuments.read(trustedDocuments);
  return { trusted, limiter: rate && (await limiterOf(rate, log)) };
}

async function limiterOf(rate: RateSettings, log: Logger): Promise<RateLimiter> {
  const own = new MemoryRateLimiter(rate);
  if (rate.redisUrl === null) return own;
  // Redis' client takes a tenth of a second to load, which only those pay who use it.
  const { RedisRateLimiter } = await import("../graphql/redis-rate-limit.ts");
  return new SharedRateLimiter(await RedisRateLimiter.open(rate.redisUrl, rate), own, log);
}
