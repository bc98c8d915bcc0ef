/**
 * Attempts at one transaction before it gives up. A deadlock storm of 16 writers needed fewer than 12; a process that
 * shares a SQLite file with a busy one, up to 20: the file is given to whoever asks at the right moment.
 */
export const mostAttempts = 60;

/** Waits `random() · min(500, 10 · 2^n)` ms; shorter delays ran out of attempts in a deadlock storm. */
export function backOff(attempt: number): Promise<void> {
  const ceiling = Math.min(500, 10 * 2 ** attempt);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * ceiling));
}
