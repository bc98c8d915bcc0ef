import type { StemmaClient } from "../client/client.ts";
import { gql } from "../client/document.ts";
import { StemmaClientError } from "../client/errors.ts";
import { mailOf } from "./company/company.ts";
import { personNamed } from "./company/people.ts";
import { arrivalDocument } from "./documents.ts";
import type { Step } from "./steps.ts";

const dayMillis = 24 * 3600 * 1000;

export const viewerDocument = gql`
  query DemoViewer {
    viewer {
      actor {
        name
      }
    }
  }
`;

interface Arrived {
  createToken: { secret: string };
}

interface Filed {
  requestTransition: { transitionRequest: { id: string } };
}

/**
 * The people of the company at work: each step is done by whom it names. Whoever has something to do for the first time
 * is made known, with a role and a token. Its secret is known to this process alone, and good for a day: nobody has to
 * take it back from a load that broke off.
 */
export class Cast {
  private readonly clients = new Map<string, StemmaClient>();
  /** Ids by the version that they are for. */
  private readonly requests = new Map<string, string>();

  /** `load` is what the idempotency keys begin with. */
  constructor(
    private readonly administrator: StemmaClient,
    private readonly load: string,
  ) {}

  /** `number`: the step's place among all. */
  async carryOut(step: Step, number: number): Promise<void> {
    const { by, document, files, decidesOn } = step;
    const request = decidesOn === undefined ? {} : { request: this.requests.get(decidesOn) };
    const client = by === undefined ? this.administrator : await this.clientOf(by);
    const input = { ...step.input, ...request, idempotencyKey: `${this.load} ${number}` };
    const answer = await client.mutate<Filed>(document, { input });
    if (files !== undefined) this.requests.set(files, answer.requestTransition.transitionRequest.id);
  }

  private async clientOf(person: string): Promise<StemmaClient> {
    const known = this.clients.get(person);
    if (known) return known;
    const { role, scope } = personNamed(person);
    const actor = mailOf(person);
    const expiresAt = new Date(Date.now() + dayMillis).toISOString();
    const { createToken } = await this.administrator.mutate<Arrived>(arrivalDocument, {
      actor: { name: actor, kind: "PERSON", idempotencyKey: `${this.load} ${person}` },
      role: { actor, role, scope, idempotencyKey: `${this.load} ${person}, ${role}` },
      token: { actor, name: "demo", expiresAt },
    });
    const client = this.administrator.as(createToken.secret);
    this.clients.set(person, client);
    return client;
  }
}

/** Whether the server takes everybody for its administrator: then nobody could approve what another asks for. */
export async function knowsNobody(client: StemmaClient): Promise<boolean> {
  try {
    await client.as(null).query(viewerDocument);
    return true;
  } catch (error) {
    if (error instanceof StemmaClientError && error.code === "UNAUTHENTICATED") return false;
    throw error;
  }
}
