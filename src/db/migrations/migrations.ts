import { Foundation1 } from "./0001-foundation.ts";
import { Tracking2 } from "./0002-tracking.ts";
import { Registry3 } from "./0003-registry.ts";
import { FirstRows4 } from "./0004-first-rows.ts";
import { Access5 } from "./0005-access.ts";
import { ScopeRevision6 } from "./0006-scope-revision.ts";
import { Governance7 } from "./0007-governance.ts";
import { Cards8 } from "./0008-cards.ts";
import { Validations9 } from "./0009-validations.ts";
import { Aliases10 } from "./0010-aliases.ts";
import { Stays11 } from "./0011-stays.ts";
import { PassedPolicies12 } from "./0012-passed-policies.ts";
import { RolledBack13 } from "./0013-rolled-back.ts";
import { Artifacts14 } from "./0014-artifacts.ts";
import { Retention15 } from "./0015-retention.ts";
import { Placement16 } from "./0016-placement.ts";
import { StoreMark17 } from "./0017-store-mark.ts";
import { DataByDigest18 } from "./0018-data-by-digest.ts";
import { Steps19 } from "./0019-steps.ts";
import { LoggedFiles20 } from "./0020-logged-files.ts";
import { LongerTexts21 } from "./0021-longer-texts.ts";

/** In order. Listed, not globbed: what runs is what is written here. */
export const migrations = [
  Foundation1,
  Tracking2,
  Registry3,
  FirstRows4,
  Access5,
  ScopeRevision6,
  Governance7,
  Cards8,
  Validations9,
  Aliases10,
  Stays11,
  PassedPolicies12,
  RolledBack13,
  Artifacts14,
  Retention15,
  Placement16,
  StoreMark17,
  DataByDigest18,
  Steps19,
  LoggedFiles20,
  LongerTexts21,
];
