import { basename, dirname } from "node:path/posix";
import type { Module, Tree } from "./modules.ts";

/** The house: which room may import which. A room is a folder of src, or a file directly in it. */
export interface House {
  /** From the ground up; a floor imports from floors below it. */
  floors: readonly (readonly string[])[];
  /** Rooms side by side, or outside the house: room → rooms it may import, besides the floors below. */
  arrows: Readonly<Record<string, readonly string[]>>;
  /** Rooms that speak to the others over the wire only. */
  outside: readonly string[];
}

/** The room of a file under src, such as `journal` or `app.ts`. */
function roomOf(path: string): string {
  return path.split("/")[1] ?? path;
}

function mayImport(house: House, from: string, to: string): boolean {
  if (from === to || house.arrows[from]?.includes(to)) return true;
  if (house.outside.includes(from) || house.outside.includes(to)) return false;
  const floorOf = (room: string) => house.floors.findIndex((floor) => floor.includes(room));
  return floorOf(to) < floorOf(from);
}

/** Imports of own files point down, at files that are there, by their full name. Types, too. */
export function importsPointDown(modules: readonly Module[], house: House): string[] {
  const paths = new Set(modules.map(({ path }) => path));
  const rooms = [...house.floors.flat(), ...house.outside];
  const strays = [...paths]
    .filter((path) => !rooms.includes(roomOf(path)))
    .map((path) => `${path}: src/${roomOf(path)} has no floor`);
  const wrong = modules.flatMap(({ path, imports }) =>
    imports.flatMap(({ file, source }) => {
      if (file === null) return source === "(computed)" ? [`${path}: imports a computed path`] : [];
      if (!paths.has(file)) return [`${path}: imports ${source}, which is no file of src`];
      if (mayImport(house, roomOf(path), roomOf(file))) return [];
      return [`${path}: imports ${file}, but ${roomOf(path)} may not import ${roomOf(file)}`];
    }),
  );
  return [...strays, ...wrong];
}

/** No ring of imports, types aside. Each ring is told once, from its first file in the alphabet. */
export function hasNoCycles(modules: readonly Module[]): string[] {
  const edges = new Map(
    modules.map(({ path, imports }) => [
      path,
      imports.filter(({ isTypeOnly, file }) => !isTypeOnly && file !== null).map(({ file }) => file!),
    ]),
  );
  const isDone = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: string[]) => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.push(`${[...trail.slice(at), path].join(" → ")}: a ring of imports`);
      return;
    }
    if (isDone.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    isDone.add(path);
  };
  for (const path of [...edges.keys()].sort()) visit(path, []);
  return found;
}

const isGenerated = (path: string) => /\.generated\.ts$/.test(path);

/** What a person can hold in the head: 400 lines, 300 in a test. */
export function filesAreShort(modules: readonly Module[], most = 400, mostInTests = 300): string[] {
  return modules
    .filter(({ path }) => !isGenerated(path))
    .map(({ path, lines }) => ({ path, lines, limit: path.endsWith(".test.ts") ? mostInTests : most }))
    .filter(({ lines, limit }) => lines > limit)
    .map(({ path, lines, limit }) => `${path}: ${lines} lines; at most ${limit}`);
}

export function environmentIsReadIn(readers: readonly string[], modules: readonly Module[]): string[] {
  return modules
    .filter(({ path, readsEnvironment }) => readsEnvironment && !readers.includes(path))
    .map(({ path }) => `${path}: reads process.env; only ${readers.join(" and ")} may`);
}

const wiredRole = /\.(service|resolver|loaders|query)\.ts$/;

/** Services, resolvers, loaders and queries are put together in one folder, and take at most five things. */
export function wiringIsIn(wiring: string, modules: readonly Module[]): string[] {
  const wired = new Set(
    modules.filter(({ path }) => wiredRole.test(path)).flatMap(({ workingClasses }) => workingClasses),
  );
  const built = modules
    .filter(({ path }) => !path.startsWith(wiring))
    .flatMap(({ path, constructed }) =>
      constructed
        .filter((name) => wired.has(name))
        .map((name) => `${path}: new ${name}(…); only ${wiring} may`),
    );
  const greedy = modules
    .filter(({ constructorParameters }) => constructorParameters > 5)
    .map(
      ({ path, constructorParameters: taken }) => `${path}: a constructor takes ${taken} things; at most 5`,
    );
  return [...built, ...greedy];
}

const roles = "entity service resolver inputs loaders rules query events routes requests mapping".split(" ");
const emptyWords = "util utils helper helpers common manager managers base types".split(" ");

/** `noun.role.ts` with a role of the closed list, and no word that says nothing. */
export function namesSaySomething(tree: Tree | readonly Module[]): string[] {
  const paths = Array.isArray(tree) ? tree.map(({ path }: Module) => path) : [...(tree as Tree).keys()];
  return paths.flatMap((path) => {
    const [name, ...rest] = basename(path).split(".");
    const [role] = rest.filter((part) => !["ts", "test", "generated", "d", "config"].includes(part));
    const words = `${dirname(path)}/${name}`.split(/[/\-.]/);
    const empty = words.filter((word) => emptyWords.includes(word.toLowerCase()));
    return [
      ...empty.map((word) => `${path}: "${word}" says nothing`),
      ...(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name!) ? [] : [`${path}: a file is named like-this.ts`]),
      ...(role === undefined || roles.includes(role) ? [] : [`${path}: no role "${role}"`]),
    ];
  });
}

export function exportsAreNamed(modules: readonly Module[]): string[] {
  return modules.flatMap(({ path, isBarrel, hasDefaultExport }) => [
    ...(isBarrel ? [`${path}: nothing but re-exports; import from the file itself`] : []),
    ...(hasDefaultExport ? [`${path}: a default export; name it`] : []),
  ]);
}
