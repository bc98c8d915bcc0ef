import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, createTable, insertIfMissing } from "../table.ts";

interface Asked {
  approvalsNeeded: number;
  promoterRoles: unknown[];
  maxVersions: number | null;
  gates: unknown[];
}

/**
 * Which policy each stay in a stage has passed. Of stays from before that is not known, so they count as not judged; which
 * of them began in an emergency the journal tells.
 */
export class PassedPolicies12 implements MigrationInterface {
  readonly name = "PassedPolicies1796025600012";

  async up(runner: QueryRunner): Promise<void> {
    await addColumn(runner, "stage_change", "passedPolicyId", "int unsigned?");
    await addColumn(runner, "stage_change", "passedRevision", "int unsigned?");
    await addColumn(runner, "stage_change", "isBreakGlass", "boolean?");
    await addColumn(runner, "policy", "isOpen", "boolean?");
    await createTable(runner, "policy_prefix", {
      columns: { length: "int unsigned" },
      primaryKey: ["length"],
    });
    await runner.query(
      `UPDATE stage_change SET isBreakGlass = 1 WHERE fromSeq IN
       (SELECT seq FROM event WHERE type = 'stage.changed' AND body LIKE '%"isBreakGlass":true%')`,
    );
    const policies: { id: number; pattern: string; body: string | null }[] = await runner.query(
      "SELECT id, pattern, body FROM policy",
    );
    for (const { id, pattern, body } of policies) {
      const isOpen = body === null ? null : Number(asksNothing(JSON.parse(body) as Asked));
      await runner.query("UPDATE policy SET isOpen = ? WHERE id = ?", [isOpen, id]);
      if (!pattern.endsWith("*")) continue;
      const length = [...pattern].length - 1;
      await insertIfMissing(runner, "policy_prefix", "length", { length });
    }
  }

  async down(): Promise<void> {
    throw new Error("what was passed is never forgotten");
  }
}

/** As the rule was when this ran. */
function asksNothing({ approvalsNeeded, promoterRoles, maxVersions, gates }: Asked): boolean {
  return approvalsNeeded === 0 && promoterRoles.length === 0 && maxVersions === null && gates.length === 0;
}
