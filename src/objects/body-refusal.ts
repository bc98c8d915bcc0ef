/** What is wrong with a body. UNSIZED: it does not say its size. SETTLED: nobody waits for it, the object is complete. */
export type BodyFault = "UNSIZED" | "LONG" | "SHORT" | "DIGEST" | "SETTLED";

export class BodyRefusal extends Error {
  override readonly name = "BodyRefusal";

  constructor(
    readonly fault: BodyFault,
    message: string,
  ) {
    super(message);
  }
}
