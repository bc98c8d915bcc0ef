import { printed } from "./graphql/schema.ts";
import { schemaOfApp } from "./wiring/rooms.ts";

// What `npm run schema` writes to schema.graphql; a test refuses drift.
process.stdout.write(printed(schemaOfApp()));
