import { join } from "node:path";

/** Real stores that strangers wrote, read where they lie; see the README.md there. */
export const sharedData = join(import.meta.dirname, "..", "..", "..", "shared", "data");
