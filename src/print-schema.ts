import { schemaOfApp } from "./app.ts";
import { printed } from "./graphql/schema.ts";

// What `npm run schema` writes to schema.graphql; a test refuses drift.
process.stdout.write(printed(schemaOfApp()));
