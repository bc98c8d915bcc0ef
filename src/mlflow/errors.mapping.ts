import { type ErrorCode, StemmaError } from "../kernel/errors.ts";
import { BodyRefusal } from "../objects/body-refusal.ts";
import { ObjectStoreError, type StoreTrouble } from "../objects/object-store.ts";
import { type MlflowCode, MlflowError, statusOf } from "./mlflow-error.ts";

const codeOf: Record<ErrorCode, MlflowCode> = {
  NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  ALREADY_EXISTS: "RESOURCE_ALREADY_EXISTS",
  INVALID: "INVALID_PARAMETER_VALUE",
  // The client tries 408, 429 and 5xx again, up to seven times: none of these would pass.
  CONFLICT: "INVALID_STATE",
  REFUSED_BY_POLICY: "PERMISSION_DENIED",
  APPROVAL_REQUIRED: "PERMISSION_DENIED",
  STALE: "INVALID_STATE",
  LIMIT: "INVALID_PARAMETER_VALUE",
  IDEMPOTENCY_MISMATCH: "INVALID_PARAMETER_VALUE",
  UNAUTHENTICATED: "UNAUTHENTICATED",
  FORBIDDEN: "PERMISSION_DENIED",
  CURSOR_EXPIRED: "INVALID_PARAMETER_VALUE",
  SLOW_CONSUMER: "INVALID_PARAMETER_VALUE",
  COST_LIMIT_EXCEEDED: "INVALID_PARAMETER_VALUE",
  UNTRUSTED_DOCUMENT: "PERMISSION_DENIED",
  // These pass, so the client is to come again.
  RATE_LIMITED: "REQUEST_LIMIT_EXCEEDED",
  TIMEOUT: "TEMPORARILY_UNAVAILABLE",
  UNAVAILABLE: "TEMPORARILY_UNAVAILABLE",
};

const ofTrouble: Record<StoreTrouble, MlflowCode> = {
  MISSING: "RESOURCE_DOES_NOT_EXIST",
  FULL: "TEMPORARILY_UNAVAILABLE",
  AWAY: "TEMPORARILY_UNAVAILABLE",
  LOCKED: "INVALID_STATE",
};

export interface WireError {
  status: number;
  body: { error_code: MlflowCode; message: string };
}

/** How a refusal looks on MLflow's wire; null for what is no refusal but a fault of ours. */
export function wireErrorOf(error: unknown): WireError | null {
  if (error instanceof StemmaError) return wireError(codeOf[error.code], error.message);
  if (error instanceof MlflowError) return wireError(error.code, error.message);
  if (error instanceof BodyRefusal) return wireError("INVALID_PARAMETER_VALUE", error.message);
  if (error instanceof ObjectStoreError) return wireError(ofTrouble[error.trouble], error.message);
  return null;
}

export function wireError(code: MlflowCode, message: string): WireError {
  return { status: statusOf[code], body: { error_code: code, message } };
}
