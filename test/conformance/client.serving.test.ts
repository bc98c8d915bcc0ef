import { describeClient } from "./describe-client.ts";

// What serves a model asks for no more than what loads one, which is tried on both engines.
describeClient("serving", ["sqlite"]);
