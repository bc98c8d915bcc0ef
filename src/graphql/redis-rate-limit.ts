import { Redis } from "ioredis";
import { type RateLimiter, type RateSettings, type Taken, takenOf } from "./rate-limit.ts";

/** By the clock of the Redis server, so that no process's own is to be trusted. */
const takePoints = `
  local burst, perSecond, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local time = redis.call("TIME")
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local bucket = redis.call("HMGET", KEYS[1], "points", "at")
  local points = burst
  if bucket[1] then
    local passed = math.max(0, now - tonumber(bucket[2]))
    points = math.min(burst, tonumber(bucket[1]) + passed / 1000 * perSecond)
  end
  local allowed = cost <= points
  if allowed then points = points - cost end
  redis.call("HSET", KEYS[1], "points", points, "at", now)
  redis.call("PEXPIRE", KEYS[1], math.ceil((burst - points) / perSecond * 1000) + 1000)
  return { allowed and 1 or 0, tostring(points), now }
`;

const answerMillis = 250;
const longestPauseMillis = 2_000; // between attempts to connect

type Points = [isAllowed: 0 | 1, points: string, now: number];
type Client = Redis & {
  takePoints(key: string, burst: number, perSecond: number, cost: number): Promise<Points>;
};

/** One bucket for each actor, whichever process it asks. Throws while Redis does not answer. */
export class RedisRateLimiter implements RateLimiter {
  private constructor(
    private readonly redis: Client,
    private readonly settings: RateSettings,
    private readonly prefix: string,
  ) {}

  /** Resolves when Redis has been reached, or not: it is tried again for as long as it takes. */
  static async open(url: string, settings: RateSettings, prefix = "stemma:rate:"): Promise<RedisRateLimiter> {
    const redis = new Redis(url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: answerMillis,
      connectTimeout: longestPauseMillis,
      retryStrategy: (attempt) => Math.min(attempt * 100, longestPauseMillis),
      scripts: { takePoints: { lua: takePoints, numberOfKeys: 1 } },
    }) as Client;
    // Whoever asks is told; nobody else is to be.
    redis.on("error", () => {});
    await redis.connect().catch(() => {});
    return new RedisRateLimiter(redis, settings, prefix);
  }

  async take(actor: number, cost: number): Promise<Taken> {
    const { perSecond, burst } = this.settings;
    const [isAllowed, points, now] = await this.redis.takePoints(
      `${this.prefix}${actor}`,
      burst,
      perSecond,
      cost,
    );
    return takenOf(this.settings, { isAllowed: isAllowed === 1, points: Number(points), cost, now });
  }

  async close(): Promise<void> {
    this.redis.disconnect();
  }
}
