import { setFlagsFromString } from "node:v8";

/**
 * By how much of what is in use the heap may grow until it is tidied up. Where there is much memory, V8 lets it grow to
 * four times as much; requests leave garbage that needs no such room.
 */
const growthPercent = 30;

// Before all else is loaded: how far the heap may grow is settled each time it has been tidied up.
setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
