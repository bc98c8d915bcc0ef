import type { StemmaClient } from "../client/client.ts";
import type { DemoSettings } from "../client/environment.ts";
import { ancestryOf } from "./ancestry.ts";
import { companyName } from "./company/company.ts";
import { mislabelled } from "./company/datasets.ts";
import { aliasesOf, askedForLines, entryLines, nameOf } from "./decisions.ts";
import { prettyJson } from "./pretty-json.ts";
import { type Answer, ask, questionDocument, variablesOf } from "./question.ts";
import { companySize } from "./steps.ts";

const titled = (title: string, lines: readonly string[]) => ["", title, "─".repeat(title.length), ...lines];

/** Takes the common indentation away. */
function flush(text: string): string[] {
  const lines = text.replace(/^\n|\s+$/g, "").split("\n");
  const indent = Math.min(...lines.filter(Boolean).map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(indent));
}

/** Who is here, what went wrong there, the question, its answer as JSON and for people. */
export async function story(client: StemmaClient, mistake: string, how: string): Promise<string> {
  const answer = await ask(client, mistake);
  return [
    "",
    `${companyName}, ${how}:`,
    `  ${companySize()}`,
    "",
    `Ten weeks ago a new export booked refunds as chargebacks: ${mislabelled.split(":")[0]} (${mistake}) is`,
    "mislabelled. The fraud detector that learned from it was rolled back, and another one was let in. Which one serves,",
    "who let it in, on what evidence, from which code and data? And what else that serves did the wrong labels reach?",
    ...titled("The question, one GraphQL request", flush(questionDocument)),
    "",
    `variables: ${prettyJson(variablesOf(mistake))}`,
    ...titled("The answer", [prettyJson(answer)]),
    ...titled("In production, and who let it in", entryLines(answer)),
    ...titled("What it was made from, and what it rests on", ancestryLines(answer)),
    ...titled("In production, made from the wrong labels", reachedLines(answer)),
    ...titled("Asked for, and what became of it", askedForLines(answer)),
  ].join("\n");
}

function reachedLines({ impact }: Answer): string[] {
  const names = impact.nodes.map(({ modelVersion }) => nameOf(modelVersion));
  const width = Math.max(0, ...names.map((name) => name.length));
  return impact.nodes.map(({ degree, modelVersion, path }, index) => {
    const through = `by way of ${path.nodes[1]!.containerLabel}`;
    const semantic = modelVersion.semanticVersion ?? "";
    return `${names[index]!.padEnd(width)}  ${semantic}  ${degree} steps away, ${through}  ${aliasesOf(modelVersion)}`.trimEnd();
  });
}

function ancestryLines({ modelVersion }: Answer): string[] {
  return modelVersion ? ancestryOf(modelVersion.lineage.nodes, modelVersion.lineage.edges) : [];
}

/** What to do with it now. Never shows a token, only where it is. */
export function nextSteps({ url, isCurrent, environment, tokenFile }: DemoSettings, mistake: string): string {
  const isOpen = environment.STEMMA_AUTH === "off";
  const isTold = Boolean(environment.STEMMA_TOKEN || environment.STEMMA_ADMIN_TOKEN);
  const header = isTold ? "$STEMMA_TOKEN" : `$(cat ${tokenFile})`;
  const authorization = isOpen ? "" : ` -H "authorization: Bearer ${header}"`;
  const where = isCurrent ? "" : `STEMMA_URL=${url} `;
  const tried = [
    "models",
    "show risk.fraud-detector@champion",
    `lineage ${mistake} --down`,
    "promote risk.chargeback-forecast/6 Production --archive-existing --dry-run",
    "watch",
    "audit verify",
  ];
  return titled("What to try next", [
    `In a browser:  ${url}/graphql`,
    ...(isOpen
      ? []
      : [
          `               (Headers: { "authorization": "Bearer …" }, the token is ${isTold ? "yours" : `in ${tokenFile}`})`,
        ]),
    `With curl:     curl -s ${url}/graphql -H "content-type: application/json"${authorization} \\`,
    `                 -d '{"query":"{ resolve(ref: \\"risk.fraud-detector@champion\\") { uri } }"}'`,
    ...tried.map(
      (command, index) =>
        `${index === 0 ? "In a shell:    " : "               "}${where}npx stemma ${command}`,
    ),
    "",
  ]).join("\n");
}
