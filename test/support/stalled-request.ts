import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { SignedRequest } from "../../src/objects/object-store.ts";

/** A request whose body stops halfway until `finish`. */
export async function stalled(
  { url, headers }: SignedRequest,
  body: Buffer,
): Promise<{ finish(): Promise<void> }> {
  const given = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  const request = send(url, { method: "PUT", headers: { ...given, "content-length": body.length } });
  const ended = new Promise<void>((resolve) => {
    request.on("response", (response) => response.resume());
    request.on("error", () => {}).on("close", resolve);
  });
  const half = body.length >> 1;
  await new Promise<void>((resolve) => request.write(body.subarray(0, half), () => resolve()));
  return {
    finish: () => {
      request.end(body.subarray(half));
      return ended;
    },
  };
}
