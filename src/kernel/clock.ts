/** Now, in epoch milliseconds. Injected, so that tests own time. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
