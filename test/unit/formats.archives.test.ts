import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { inspect } from "../../src/formats/file-facts.ts";
import { CountingSource, modelFile } from "../support/counting-source.ts";
import { zipOf } from "../support/zip-archive.ts";

const factsOf = (bytes: Buffer, path = "file") => inspect(path, new CountingSource(bytes));

describe("a zip", () => {
  it("may hold anything, so it is not scanned", async () => {
    expect(await factsOf(zipOf([{ name: "a/b.txt", data: "text" }]))).toMatchObject({
      format: "zip",
      content: "UNKNOWN",
      scan: "UNSCANNED",
      findings: [],
      metadata: { entries: "1" },
    });
    expect((await factsOf(zipOf([]))).format).toBe("zip");
  });

  it.each([
    ["../a", "a path upwards"],
    ["a/../../b", "a path upwards"],
    ["a\\..\\b", "a path upwards"],
    ["/etc/passwd", "an absolute path"],
    ["\\a", "an absolute path"],
    ["c:\\a", "a drive"],
    ["file:///a", "a scheme"],
    ["a\0b", "a NUL"],
  ])("is suspect where an entry is called %j", async (name, trick) => {
    const { scan, findings } = await factsOf(zipOf([{ name: "ok" }, { name }]));
    expect(scan).toBe("SUSPECT");
    expect(findings[0]).toMatch(new RegExp(`^entry ".*": ${trick}$`));
  });

  it.each([
    ["an entry is a symbolic link", zipOf([{ name: "a", mode: 0o120777 }]), 'entry "a": a symbolic link'],
    ["two entries have one name", zipOf([{ name: "a" }, { name: "a" }]), 'entry "a" twice'],
    [
      "entries share bytes",
      zipOf([
        { name: "a", data: Buffer.alloc(99) },
        { name: "b", at: 1 },
      ]),
      'entries "a" and "b" overlap',
    ],
    [
      "an entry unpacks a thousandfold",
      zipOf([{ name: "a", data: "x", sizeBytes: 2 ** 31 }]),
      `entry "a" unpacks 1 bytes to ${2 ** 31}`,
    ],
    [
      "something stands before it",
      Buffer.concat([zipOf([]).subarray(0, 4), Buffer.alloc(96), zipOf([{ name: "a" }])]),
      "100 bytes stand before the archive",
    ],
    [
      "it says to have a million entries",
      zipOf([{ name: "a" }], { count: 65_534 }),
      "archive not listed: 65534 entries",
    ],
    [
      "it has more entries than it says",
      zipOf([{ name: "a" }, { name: "b" }], { count: 1 }),
      "archive not listed: more in the directory than it says",
    ],
    [
      "it has fewer entries than it says",
      zipOf([{ name: "long-enough-for-two-entries-".repeat(3) }], { count: 2 }),
      "archive not listed: less in the directory than it says",
    ],
    [
      "its directory is outside of it",
      zipOf([{ name: "a" }], { at: 2 ** 31 }),
      "archive not listed: the directory is not before its end",
    ],
    [
      "something stands behind it",
      Buffer.concat([zipOf([{ name: "a" }]), Buffer.from("more")]),
      "archive not listed: the end of the directory is not at the end",
    ],
  ])("is suspect where %s", async (_, bytes, finding) => {
    const { scan, findings } = await factsOf(bytes);
    expect(scan).toBe("SUSPECT");
    expect(findings).toContain(finding);
  });

  it("of 4 GiB and more is believed no more than others", async () => {
    const locator = Buffer.alloc(20);
    locator.writeUInt32LE(0x07064b50);
    const end64 = Buffer.alloc(56);
    end64.writeUInt32LE(0x06064b50);
    for (const [count, size, at] of [
      [2n ** 63n, 0n, 0n],
      [1n, 2n ** 63n, 0n],
      [0n, 0n, 2n ** 63n],
      [1_000_000n, 46_000_000n, 0n],
    ] as const) {
      end64.writeBigUInt64LE(count, 32);
      end64.writeBigUInt64LE(size, 40);
      end64.writeBigUInt64LE(at, 48);
      locator.writeBigUInt64LE(4n, 8);
      const bytes = Buffer.concat([Buffer.from("PK\x03\x04"), end64, locator, zipOf([])]);
      const source = new CountingSource(bytes);
      expect((await inspect("a.zip", source)).findings).toEqual([
        expect.stringMatching(/^archive not listed: /),
      ]);
      expect(source.readBytes).toBeLessThan(10_000);
    }
    locator.writeBigUInt64LE(2n ** 64n - 1n, 8);
    expect((await factsOf(Buffer.concat([Buffer.from("PK\x03\x04"), locator, zipOf([])]))).findings).toEqual([
      "archive not listed: a zip64 without its end of directory",
    ]);
  });

  it("is looked into for pickles", async () => {
    const evil = modelFile("system.p4.pkl");
    for (const isPacked of [true, false]) {
      const { scan, findings } = await factsOf(zipOf([{ name: "a/model.pkl", data: evil, isPacked }]));
      expect(scan).toBe("SUSPECT");
      expect(findings).toEqual(["global posix.system at byte 33"]);
    }
  });

  it.each([
    ["is encrypted", { flags: 1 }],
    ["is called otherwise where it stands", { nameWhereItStands: "b.pkl" }],
    ["is not as long as it says", { sizeBytes: 3 }],
    ["is not where it says", { at: 5 }],
  ])("is suspect where a pickle in it %s", async (_, change) => {
    const file = { name: "a.pkl", data: modelFile("values.p4.pkl"), ...change };
    expect((await factsOf(zipOf([file]))).scan).toBe("SUSPECT");
  });

  it("is never unpacked beyond a bound", async () => {
    const bomb = { name: "x/data.pkl", data: Buffer.alloc(64 * 1024 * 1024, "N"), isPacked: true };
    const source = new CountingSource(zipOf([bomb]));
    const { scan, findings } = await inspect("a.pt", source);
    expect(scan).toBe("SUSPECT");
    expect(findings).toContain('pickle "x/data.pkl" cannot be unpacked, or is longer than is looked at');
  });
});

describe("a tar", () => {
  const entryOf = (name: string, kind = "0", target = "") => {
    const head = Buffer.alloc(512);
    head.write(name);
    head.write("00000000000", 124);
    head.write(kind, 156);
    head.write(target, 157);
    head.write("ustar", 257);
    return head;
  };

  it("may hold anything", async () => {
    expect(await factsOf(Buffer.concat([entryOf("a"), entryOf("b"), Buffer.alloc(1024)]))).toMatchObject({
      format: "tar",
      content: "UNKNOWN",
      scan: "UNSCANNED",
      metadata: { entries: "2" },
    });
  });

  it.each([
    ["an entry leads upwards", entryOf("../a")],
    ["an entry is absolute", entryOf("/a")],
    ["a link leads upwards", entryOf("a", "2", "../../b")],
  ])("is suspect where %s", async (_, bytes) => {
    expect((await factsOf(bytes)).scan).toBe("SUSPECT");
  });
});

it("what is packed is named, and not unpacked", async () => {
  expect(await factsOf(gzipSync("text"), "a.csv.gz")).toMatchObject({
    format: "gzip",
    content: "UNKNOWN",
    scan: "UNSCANNED",
    findings: ["compressed: what is inside is not listed"],
  });
  expect((await factsOf(gzipSync("text"), "model.pkl.gz")).content).toBe("CODE");
});
