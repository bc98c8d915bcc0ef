const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** 17 bytes, 3.4 MiB. */
export function sizeText(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  if (step === 0) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  return `${(bytes / 1024 ** step).toFixed(1)} ${units[step]}`;
}

/** How many bytes a second: 3.4 MiB/s. */
export function rateText(bytes: number, millis: number): string {
  return `${sizeText(Math.round(bytes / Math.max(millis / 1_000, 0.001)))}/s`;
}

/** 4.2 s, 3 min 20 s, 2 h 5 min. */
export function spanText(millis: number): string {
  const seconds = Math.round(millis / 1_000);
  if (seconds < 60) return `${(millis / 1_000).toFixed(1)} s`;
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3_600)];
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min ${seconds % 60} s`;
}
