import { inLanes, type Registry } from "./registry.ts";

export const rivals = 16;

export interface Round {
  winners: number;
  /** Codes of the refusals. */
  codes: string[];
}

/** Sixteen callers move one version at once, each from where all have seen it, so many rounds, to and fro. */
export async function promotionRounds(registry: Registry, version: string, count: number): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < count; round++) {
    const [expectedStage, to] = round % 2 === 0 ? ["None", "Production"] : ["Production", "None"];
    const payloads = await inLanes(rivals, rivals, () =>
      registry.attempt("transitionModelVersion", { version, to, expectedStage }),
    );
    const codes = payloads.flatMap(({ userErrors }) => userErrors).map(({ code }) => code);
    rounds.push({ winners: rivals - codes.length, codes });
  }
  return rounds;
}
