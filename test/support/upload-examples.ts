import type { Example } from "./example.ts";
import type { Registry } from "./registry.ts";
import { announced, type SentFile, sendAll, senderOf } from "./uploads.ts";
import type { World } from "./world.ts";

async function versionOf(registry: Registry, own: string): Promise<string> {
  await registry.model(own);
  return (await registry.version(own)).id;
}

/** Files of one version and of no other. */
function filesOf(own: string, more: SentFile[] = []): SentFile[] {
  return [{ path: "model/weights.bin", bytes: Buffer.from(`weights of ${own}`), role: "WEIGHTS" }, ...more];
}

/** An upload of which everything has been sent. */
async function sentUpload(
  { registry, own, world }: { registry: Registry; own: string; world: World },
  { files = filesOf(own), isEvidence = false }: { files?: SentFile[]; isEvidence?: boolean } = {},
): Promise<{ upload: string }> {
  const { upload } = await senderOf(world).create(await versionOf(registry, own), files, { isEvidence });
  await sendAll(upload, files);
  return { upload: upload.id };
}

/** Mutations of files on their way. */
export const uploadExamples: Example[] = [
  {
    mutation: "createUpload",
    input: async (registry, own) => ({
      version: await versionOf(registry, own),
      files: filesOf(own).map(announced),
    }),
    events: ["upload.opened"],
    again: "nothing",
  },
  {
    mutation: "createUpload",
    when: "of evidence that lies elsewhere, for a live version",
    input: async (registry, own) => {
      const version = await versionOf(registry, own);
      await registry.promote(version, "Production");
      const [file] = filesOf(own).map(announced);
      return { version, isEvidence: true, files: [{ ...file, uri: "s3://bucket/report.html" }] };
    },
    events: ["upload.opened"],
    again: "nothing",
  },
  {
    mutation: "completeUpload",
    input: (registry, own, world) => sentUpload({ registry, own, world }),
    events: ["bundle.sealed"],
    again: "nothing",
  },
  {
    mutation: "completeUpload",
    when: "of evidence",
    input: (registry, own, world) => sentUpload({ registry, own, world }, { isEvidence: true }),
    events: ["evidence.attached"],
    again: "nothing",
  },
  {
    mutation: "completeUpload",
    when: "with a model card",
    input: (registry, own, world) => {
      const card = { path: "README.md", bytes: Buffer.from(`# ${own}\n`), role: "MODEL_CARD" };
      return sentUpload({ registry, own, world }, { files: filesOf(own, [card]) });
    },
    events: ["bundle.sealed", "card.updated"],
    again: "nothing",
  },
  {
    mutation: "abortUpload",
    input: (registry, own, world) => sentUpload({ registry, own, world }),
    events: ["upload.aborted"],
    again: "nothing",
  },
];
