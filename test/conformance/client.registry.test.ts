import { describeClient } from "./describe-client.ts";

describeClient("registry");
