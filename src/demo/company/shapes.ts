// How the company is written down. References are texts: "risk.chargebacks:d" is a dataset version, "risk-07" a commit,
// "risk.fraud-detector/8" a model version. Weeks count back from the demo's first day, fractions allowed.

export type Team = "risk" | "support";
export type StageName = "None" | "Staging" | "Production" | "Archived";

export interface DemoDataset {
  name: string;
  scope: Team;
  /** Folder that its versions lie in. */
  source: string;
  columns: Record<string, string>;
  versions: DemoDatasetVersion[];
}

export interface DemoDatasetVersion {
  key: string;
  week: number;
  rows: number;
  /** What else a profile tells, such as the share of positive labels. */
  profile?: Record<string, number | string>;
  /** Dataset versions that it was made from. */
  from?: string[];
}

export interface DemoCommit {
  key: string;
  week: number;
  by: string;
  message: string;
  branch?: string;
  /** Keys of its parents; the commit before it in the list where not given. */
  parents?: string[];
}

export interface DemoRepository {
  team: Team;
  url: string;
  commits: DemoCommit[];
}

export interface DemoModel {
  name: string;
  team: Team;
  description: string;
  tags: Record<string, string>;
  entryPoint: string;
  signature: { inputs: DemoColumn[]; outputs: DemoColumn[]; params?: DemoColumn[] };
  /** What decides between versions, and on which data. */
  measured: { key: string; on: string; split: string; slices: string[]; isLowerBetter?: boolean };
  /** In the order of their numbers. */
  versions: DemoVersion[];
  /** Runs that came to nothing. */
  failures?: DemoFailure[];
  /** Name → number, as it was when the company moved to Stemma. */
  aliases?: Record<string, number>;
}

export interface DemoColumn {
  name: string;
  type: string;
}

export interface DemoVersion {
  semantic: string;
  week: number;
  by: string;
  says: string;
  framework: string;
  format: string;
  commit: string;
  /** By role. */
  data: Record<string, string>;
  params: Record<string, string | number>;
  /** Of what its model is measured by. */
  score: number;
  /** Stage and since when (weeks ago), the present one last. Absent: it never left None. */
  stages?: [StageName, number][];
  parents?: { version: string; relation: string }[];
  /** It is the best of several runs that differ in one param; the value of `params` wins. */
  sweep?: { over: string; values: (string | number)[] };
  /** Its run left the model as a logged model first. */
  isLogged?: boolean;
  status?: { is: "FAILED"; says: string };
  /** Registered after the move to Stemma: through createRun, logRun, registerModelVersion … instead of as history. */
  isNew?: boolean;
}

export interface DemoFailure {
  name: string;
  week: number;
  by: string;
  commit: string;
  data: Record<string, string>;
  status: "FAILED" | "KILLED";
  says: string;
}

export interface DemoPerson {
  name: string;
  role: "CONTRIBUTOR" | "MAINTAINER" | "APPROVER";
  scope: string;
}

/** What a policy says, in the words of the mutation that sets it. */
export interface DemoPolicy {
  preset?: "OPEN" | "GUARDED";
  approvalsNeeded: number;
  breakGlassRoles?: string[];
  maxVersions?: number;
  onFull?: "REJECT" | "ARCHIVE_EXISTING";
  rollbackNeedsApproval?: boolean;
  rollbackAliases?: string[];
  gates?: ({ kind: string } & Record<string, unknown>)[];
}

/** Sections of a model card, in the words of the mutation that sets it. */
export interface DemoCard {
  details: string;
  intendedUse: string;
  limitations: string;
  caveats?: string;
  riskClass: string;
}

interface DemoMove {
  move: string;
  from: StageName;
  to: StageName;
  archiveExisting?: boolean;
  by: string;
}

/** What happened on the first days with Stemma, in this order. `by` is who did it; where nobody is named, the administrator. */
export type DemoDeed =
  | { guard: string; policy: DemoPolicy }
  | { train: string }
  | (DemoMove & { comment: string })
  /** Past gates and approvals. */
  | (DemoMove & { emergency: string })
  | { point: string; of: string; to: number; from: number; by: string }
  | {
      measure: string;
      metrics: { key: string; value: number; split: string; slice?: string }[];
      by: string;
    }
  | { pack: string; image: string; by: string }
  | { document: string; card: DemoCard; by: string }
  | { validate: string; validator: string; organisation: string; scope: string; by: string }
  /** A request for Production. A version has one at most. */
  | { ask: string; archiveExisting?: boolean; reason: string; by: string }
  /** A decision on the request for this version. */
  | { review: string; decision: "APPROVE" | "REJECT"; comment: string; by: string }
  /** Production goes back to the version that left it last. */
  | { takeBack: string; reason: string; by: string };
