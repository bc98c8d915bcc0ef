import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { allPages, type Page } from "../all-pages.ts";
import { minuteOf, print, printJson, printTable } from "../printing.ts";

export const modelsDocument = gql`
  query Models($after: String) {
    models(first: 100, after: $after) {
      nodes {
        id
        name
        owner
        updatedAt
        latestVersion {
          number
          stage
        }
        inStage(stage: "Production") {
          number
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

interface ModelLine {
  id: string;
  name: string;
  owner: string | null;
  updatedAt: string;
  latestVersion: { number: number; stage: string } | null;
  inStage: { number: number }[];
}

export function modelsCommand(connect: () => StemmaClient): Command {
  return new Command("models")
    .description("list the models")
    .option("--json", "as JSON")
    .action(async ({ json }: { json?: boolean }) => {
      const client = connect();
      const models = await allPages(
        async (after) => (await client.query<{ models: Page<ModelLine> }>(modelsDocument, { after })).models,
      );
      if (json) return printJson(models);
      if (models.length === 0) return print("No models yet. `stemma import mlflow PATH` brings yours.");
      printTable(
        ["MODEL", "LATEST", "STAGE", "IN PRODUCTION", "OWNER", "CHANGED"],
        models.map(({ name, latestVersion, inStage, owner, updatedAt }) => [
          name,
          latestVersion ? String(latestVersion.number) : "-",
          latestVersion?.stage ?? "-",
          inStage.map(({ number }) => number).join(", ") || "-",
          owner ?? "-",
          minuteOf(updatedAt),
        ]),
      );
    });
}
