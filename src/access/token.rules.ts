import { hash, randomInt } from "node:crypto";
import { crc32 } from "node:zlib";

const prefix = "stm_";
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const randomDigits = 30; // 178 bits
const checkDigits = 6;

/** CRC-32 (IEEE 802.3, as zlib computes it) in six base-62 digits, the most significant first. */
function checkOf(text: string): string {
  let rest = crc32(text);
  let check = "";
  for (let digit = 0; digit < checkDigits; digit++) {
    check = digits[rest % digits.length]! + check;
    rest = Math.floor(rest / digits.length);
  }
  return check;
}

/** A new token: `stm_`, 30 random base-62 digits, and 6 that check them, so that scanners and typing errors are sure. */
export function newToken(): string {
  let random = "";
  for (let digit = 0; digit < randomDigits; digit++) random += digits[randomInt(digits.length)];
  return `${prefix}${random}${checkOf(prefix + random)}`;
}

/** Whether it has the form of our tokens, its check digits included: no other needs to be looked up. */
export function isToken(text: string): boolean {
  if (!/^stm_[0-9A-Za-z]{36}$/.test(text)) return false;
  const split = prefix.length + randomDigits;
  return checkOf(text.slice(0, split)) === text.slice(split);
}

/** What is stored in place of a token: its SHA-256 in hex. It is random enough to need no salt. */
export function digestOf(token: string): string {
  return hash("sha256", token, "hex");
}
