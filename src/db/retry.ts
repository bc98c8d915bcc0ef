/** Attempts at one transaction before it gives up: a deadlock storm of 16 writers needed fewer than 12. */
export const mostAttempts = 20;

/** Waits `random() · min(500, 10 · 2^n)` ms; shorter delays ran out of attempts in a deadlock storm. */
export function backOff(attempt: number): Promise<void> {
  const ceiling = Math.min(500, 10 * 2 ** attempt);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * ceiling));
}
