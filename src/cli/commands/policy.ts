import { Command, Option } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { Exit } from "../exit.ts";
import { type Policy, settingsOf } from "../policies/policy.ts";
import { linesOf, type PlannedChange, planOf, printChange, told } from "../policies/policy-changes.ts";
import { blaming, policiesOf, setPolicy } from "../policies/policy-server.ts";
import {
  counted,
  minuteOf,
  print,
  printable,
  printField,
  printJson,
  printRaw,
  printTable,
} from "../printing.ts";
import { kindOf, notThere, stageHelp } from "../reference.ts";
import { keyOption } from "../verdict.ts";

export const versionPolicyDocument = gql`
  query VersionPolicy($ref: VersionRef!, $stage: String!) {
    modelVersion(ref: $ref) {
      model {
        name
        policy(stage: $stage) {
          id
          model
          stage
          revision
          isSet
          why
        }
      }
    }
  }
`;

export const modelPolicyDocument = gql`
  query ModelPolicy($name: String!, $stage: String!) {
    model(name: $name) {
      name
      policy(stage: $stage) {
        id
        model
        stage
        revision
        isSet
        why
      }
    }
  }
`;

export const deletePolicyDocument = gql`
  mutation DeletePolicy($input: DeletePolicyInput!) {
    deletePolicy(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

interface Explained {
  name: string;
  policy: Pick<Policy, "id" | "model" | "stage" | "revision" | "isSet" | "why">;
}

interface GetOptions {
  yaml?: boolean;
  json?: boolean;
}

function getCommand(connect: () => StemmaClient): Command {
  return new Command("get")
    .description("list the policies, or write them out as a file that `policy set` takes")
    .argument("[model]", "only of this model or pattern, exactly as it was set")
    .argument("[stage]", "only for this stage, in any case")
    .addOption(new Option("--yaml", "as a file for `policy set -f`").conflicts("json"))
    .option("--json", "as JSON")
    .action(async (model: string | undefined, stage: string | undefined, { yaml, json }: GetOptions) => {
      const all = await policiesOf(connect(), stage);
      const policies = model === undefined ? all : all.filter((policy) => policy.model === model);
      if (model !== undefined && policies.length === 0) {
        throw new Exit(1, `${model}: no policy is set for it${stage === undefined ? "" : ` and ${stage}`}`);
      }
      if (json) return printJson(policies);
      if (yaml) {
        const { policyFileOf } = await import("../policies/policy-file.ts");
        return printRaw(policyFileOf(policies));
      }
      if (policies.length === 0) return print("No policies, or none that you may see: everything is open.");
      printTable(
        ["MODEL", "STAGE", "REVISION", "APPROVALS", "GATES", "CHANGED"],
        policies.map((policy) => [
          policy.model,
          policy.stage,
          String(policy.revision),
          String(policy.approvalsNeeded),
          policy.gates.map(({ kind }) => kind).join(", ") || "-",
          policy.updatedAt ? minuteOf(policy.updatedAt) : "-",
        ]),
      );
    });
}

interface FileOptions {
  file: string;
  exact?: boolean;
  json?: boolean;
}

const fileFlags = "-f, --file <file>";
const fileHelp = "YAML: a policy, a list of them, or several documents; - is standard input";

/** Sets what differs, each only if it is what it was when the whole file was looked at. */
async function makeChanges(client: StemmaClient, changes: readonly PlannedChange[]): Promise<void> {
  const differing = changes.filter(({ change }) => change !== "UNCHANGED");
  const forbidden = differing.filter(({ viewerCanSet }) => !viewerCanSet);
  if (forbidden.length > 0) {
    const names = forbidden.map(({ model, stage }) => `${model} ${stage}`).join(", ");
    const what = "it takes policy:write all over it, and over each wider one of its stage";
    throw new Exit(1, `you may not set ${names}: ${what}; nothing was changed`);
  }
  for (const [at, change] of differing.entries()) {
    const { wanted, revision } = change;
    const input = { ...wanted.input, expectedRevision: revision ?? 0 };
    const { policy } = await blaming(wanted, () => setPolicy(client, input)).catch((error: Error) => {
      if (at > 0)
        error.message += ` (${at} of ${differing.length} are set; the same command goes on from there)`;
      throw error;
    });
    change.revision = policy.revision;
  }
}

function setCommand(connect: () => StemmaClient): Command {
  return new Command("set")
    .description(
      "set the policies of a file; again changes nothing. All of it is looked at before the first is set; others stay",
    )
    .requiredOption(fileFlags, fileHelp)
    .option("--json", "as JSON")
    .action(async ({ file, json }: FileOptions) => {
      const { readPolicyFile } = await import("../policies/policy-file.ts");
      const wanted = await readPolicyFile(file);
      const client = connect();
      const { planned } = await planOf(client, wanted);
      await makeChanges(client, planned);
      if (json) return printJson(planned.map(told));
      for (const change of planned) printChange(change);
      if (planned.length === 0) print("The file names no policy; nothing was changed.");
    });
}

function diffCommand(connect: () => StemmaClient): Command {
  return new Command("diff")
    .description(
      "compare a file with the server, server → file; exits with 1 where `policy set` would change it",
    )
    .requiredOption(fileFlags, fileHelp)
    .option("--exact", "exits with 1 also where the server has policies that the file does not name")
    .option("--json", "as JSON")
    .action(async ({ file, exact, json }: FileOptions) => {
      const { readPolicyFile } = await import("../policies/policy-file.ts");
      const wanted = await readPolicyFile(file);
      const { planned, notNamed } = await planOf(connect(), wanted);
      const changes = [...planned, ...notNamed].map(told);
      if (json) printJson(changes);
      else for (const change of changes) printChange(change);
      const differing = planned.filter(({ change }) => change !== "UNCHANGED").length;
      if (differing > 0) throw new Exit(1, `${differing} of ${planned.length} policies would change`);
      if (exact && notNamed.length > 0) {
        throw new Exit(
          1,
          `the server has ${counted(notNamed.length, "policy", "policies")} that the file does not name`,
        );
      }
    });
}

interface DeleteOptions {
  revision?: string;
  idempotencyKey?: string;
}

function deleteCommand(connect: () => StemmaClient): Command {
  return new Command("delete")
    .description("take a policy back, so that a wider one holds, or none: what it asked for is asked no more")
    .argument("<model>", "the model or pattern, exactly as it was set")
    .argument("<stage>", stageHelp)
    .option("--revision <number>", "only if it is at this revision still")
    .addOption(keyOption())
    .action(async (model: string, stage: string, { revision, idempotencyKey }: DeleteOptions) => {
      const expectedRevision = revision === undefined ? undefined : Number(revision);
      if (expectedRevision !== undefined && !Number.isInteger(expectedRevision))
        throw new Exit(2, `--revision: expected a whole number; got ${revision}`);
      const input = { model, stage, expectedRevision, idempotencyKey };
      await connect().mutate(deletePolicyDocument, { input });
      print(`${printable(model)} ${printable(stage)}: no policy of its own any more`);
    });
}

/** The policy that holds for a model, or for that of a version, and why. */
async function explained(client: StemmaClient, reference: string, stage: string): Promise<Explained> {
  if (kindOf(reference) === "model") {
    const variables = { name: reference, stage };
    const { model } = await client.query<{ model: Explained | null }>(modelPolicyDocument, variables);
    if (!model) throw notThere(reference);
    return model;
  }
  const { modelVersion } = await client.query<{ modelVersion: { model: Explained } | null }>(
    versionPolicyDocument,
    { ref: reference, stage },
  );
  if (!modelVersion) throw notThere(reference);
  return modelVersion.model;
}

function explainCommand(connect: () => StemmaClient): Command {
  return new Command("explain")
    .description("say which policy holds for a model and a stage, why it is that one, and what it asks for")
    .argument("<ref>", "a model (fraud), or a version of it (fraud@champion, fraud/7, mv_42)")
    .argument("<stage>", stageHelp)
    .option("--json", "as JSON")
    .action(async (reference: string, stage: string, { json }: { json?: boolean }) => {
      const client = connect();
      const { name, policy } = await explained(client, reference, stage);
      const known = policy.isSet ? await policiesOf(client, policy.stage) : [];
      const whole = known.find(({ id }) => id === policy.id);
      if (json) return printJson({ ...whole, ...policy });
      const which = policy.isSet ? `the policy of ${policy.model}, revision ${policy.revision}` : "no policy";
      print(`${printable(name)} ${printable(policy.stage)}: ${printable(which)}`);
      printField("why", policy.why);
      if (whole) printField("asks for", linesOf(settingsOf(whole)));
    });
}

export function policyCommand(connect: () => StemmaClient): Command {
  return new Command("policy")
    .description("what it takes for versions to enter stages")
    .addCommand(getCommand(connect))
    .addCommand(setCommand(connect))
    .addCommand(diffCommand(connect))
    .addCommand(explainCommand(connect))
    .addCommand(deleteCommand(connect));
}
