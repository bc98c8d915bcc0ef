import { describeClient } from "./describe-client.ts";

describeClient("artifacts");
