import { sendRaw } from "../support/raw-request.ts";
import type { Call } from "./calls/call.ts";

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its endpoint
type Json = any;

/** What one server answered; `body` is the text where it is no JSON, and a file that is to be saved with how it came. */
export interface Answered {
  status: number;
  body: Json;
  /** What was kept until then: name → value. */
  kept: Record<string, string>;
}

/** All calls in their order, on one server. */
export async function answersOf(
  calls: readonly Call[],
  server: { url: string; token: string },
): Promise<Answered[]> {
  const kept: Record<string, string> = {};
  const answers: Answered[] = [];
  for (const call of calls) {
    const filled = JSON.parse(
      JSON.stringify(call).replace(/\$([a-z]+)/g, (_, name) => kept[name] ?? `no-${name}`),
    );
    const { status, body } = await sent({ ...filled, raw: call.raw }, server);
    for (const [name, path] of Object.entries(call.keeps)) {
      const found = path.split(".").reduce<Json>((within, key) => within?.[key], body);
      if (typeof found === "string" && found !== "") kept[name] = found;
    }
    answers.push({ status, body, kept: { ...kept } });
  }
  return answers;
}

async function sent({ method, path, parameters, raw }: Call, { url, token }: { url: string; token: string }) {
  const pairs = Object.entries(parameters).flatMap(([key, given]) =>
    [given].flat().map((value) => [key, value as string]),
  );
  const query = method === "GET" ? `?${new URLSearchParams(pairs)}` : "";
  const text = raw?.body ?? (method === "GET" ? null : JSON.stringify(parameters));
  const body = text === null ? null : Buffer.from(text);
  const type = raw ? raw.type : "application/json";
  const whole = path.startsWith("/") ? path : `/api/2.0/mlflow/${path}`;
  const answer = await sendRaw({
    ...{ origin: url, method, path: `${whole}${query}`, body },
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { "content-length": String(body.length) }),
      ...(body && type && { "content-type": type }),
    },
  });
  const came = answer.body.toString();
  const { "content-disposition": saved, "x-content-type-options": guessing } = answer.headers;
  if (saved !== undefined) return { status: answer.status, body: { bytes: came, saved, guessing } as Json };
  try {
    return { status: answer.status, body: JSON.parse(came) as Json };
  } catch {
    return { status: answer.status, body: came as Json };
  }
}
