import { describeClient } from "./describe-client.ts";

describeClient("tracking");
