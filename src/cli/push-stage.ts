// What `push --stage` does once the files are there: moves the version, or asks for it.
import type { StemmaClient } from "../client/client.ts";
import { errorOfUser, StemmaClientError } from "../client/errors.ts";
import { transitionDocument } from "./commands/promote.ts";
import { requestDocument } from "./commands/request.ts";
import { note, print, printable } from "./printing.ts";
import { checksIn, type Judged } from "./verdict.ts";

interface Moved extends Judged {
  modelVersion: { stage: string } | null;
  archived: { uri: string }[];
}

interface Asked extends Judged {
  transitionRequest: { id: string; status: string; to: string } | null;
}

export interface StageOutcome {
  /** Where it stands now, if that was decided. */
  stage: string | null;
  /** The request that asks others for it. */
  request: { id: string; status: string } | null;
}

const asksOthers = new Set(["APPROVAL_REQUIRED", "FORBIDDEN"]);

/** `key`: asked for again under the same one, it is the same request. Tells on stderr why it was refused. */
export async function bringToStage(
  client: StemmaClient,
  version: string,
  to: string,
  key: string,
): Promise<StageOutcome> {
  try {
    const { modelVersion } = await judgedMove<Moved>(client, transitionDocument, { version, to });
    return { stage: modelVersion?.stage ?? to, request: null };
  } catch (error) {
    if (!(error instanceof StemmaClientError && asksOthers.has(error.code))) throw error;
    const input = { version, to, idempotencyKey: key };
    const { transitionRequest } = await judgedMove<Asked>(client, requestDocument, input);
    return { stage: null, request: transitionRequest };
  }
}

async function judgedMove<P extends Judged>(
  client: StemmaClient,
  document: string,
  input: object,
): Promise<P> {
  const [payload] = Object.values(await client.query<Record<string, P>>(document, { input })) as [P];
  if (payload.userErrors.length === 0) return payload;
  const refusal = errorOfUser(payload.userErrors);
  if (!asksOthers.has(refusal.code)) for (const line of checksIn(payload.verdict)) note(line);
  throw refusal;
}

export function tellStage(name: string, to: string, { stage, request }: StageOutcome): void {
  if (stage !== null) print(`${name} is in ${printable(stage)} now`);
  else if (request) {
    print(`${request.id} asks for ${name} to go to ${printable(to)}: ${request.status}`);
    print(`Next: somebody else, who may review it: stemma approve ${request.id}`);
  }
}
