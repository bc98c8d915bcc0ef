import { randomUUID } from "node:crypto";
import { invalid } from "../kernel/errors.ts";
import { nameOf } from "../kernel/names.ts";

const longestStatus = 32;

export function mintedModelId(): string {
  return `m-${randomUUID().replaceAll("-", "")}`;
}

export function isModelId(text: string): boolean {
  return /^m-[0-9a-f]{32}$/.test(text);
}

export function modelIdOf(field: string, came: string): string {
  if (!isModelId(came)) throw invalid(field, "m- and 32 lower-case hex digits", came);
  return came;
}

export function loggedModelStatusOf(field: string, came: string): string {
  return nameOf(field, came, longestStatus);
}
