import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn } from "../table.ts";

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
export class PassedPolicies11 implements MigrationInterface {
  readonly name = "PassedPolicies1796025600011";

  async up(runner: QueryRunner): Promise<void> {
    await addColumn(runner, "stage_change", "passedPolicyId", "int unsigned?");
    await addColumn(runner, "stage_change", "passedRevision", "int unsigned?");
    await addColumn(runner, "stage_change", "isBreakGlass", "boolean?");
    await addColumn(runner, "policy", "isOpen", "boolean?");
    await runner.query(
      `UPDATE stage_change SET isBreakGlass = 1 WHERE fromSeq IN
       (SELECT seq FROM event WHERE type = 'stage.changed' AND body LIKE '%"isBreakGlass":true%')`,
    );
    const policies: { id: number; body: string }[] = await runner.query(
      "SELECT id, body FROM policy WHERE body IS NOT NULL AND isOpen IS NULL",
    );
    for (const { id, body } of policies) {
      const isOpen = asksNothing(JSON.parse(body) as Asked);
      await runner.query("UPDATE policy SET isOpen = ? WHERE id = ?", [isOpen ? 1 : 0, id]);
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
