import type { EntityTarget, ObjectLiteral, QueryRunner } from "typeorm";
import type { Dialect } from "./dialect.ts";
import { chunksOf, type Reader, type Sql } from "./sql.ts";

type Hook = () => Promise<void>;
const rowsPerInsert = 400;

/** A rival took the same key a moment ago: the transaction is run again, and finds it taken. */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/** One write transaction. What takes part in one takes `tx` first. */
export class Transaction implements Reader {
  private readonly hooks: Hook[] = [];
  private readonly after: (() => void)[] = [];
  private readonly made = new Map<unknown, unknown>();

  constructor(
    private readonly runner: QueryRunner,
    readonly dialect: Dialect,
    private readonly onStatement: (statement: string) => void,
  ) {}

  async query<Row>(statement: Sql): Promise<Row[]> {
    this.onStatement(statement.sql);
    return this.runner.query(statement.sql, statement.values) as Promise<Row[]>;
  }

  /** SELECT that holds its rows until commit. */
  lock<Row>(statement: Sql): Promise<Row[]> {
    return this.holding(statement, this.dialect.forUpdate);
  }

  /** SELECT that keeps its rows as they are until commit; others may hold them so, too. */
  share<Row>(statement: Sql): Promise<Row[]> {
    return this.holding(statement, this.dialect.forShare);
  }

  /** Runs INSERT, UPDATE or DELETE; returns how many rows changed. */
  async run(statement: Sql): Promise<number> {
    this.onStatement(statement.sql);
    const result = await this.runner.query(statement.sql, statement.values, true);
    return Number(result.affected ?? 0);
  }

  /** Inserts rows of one entity, as they are: no cascades, nothing read back. Those made on the way are held a chunk at a time. */
  async insert<E extends ObjectLiteral>(entity: EntityTarget<E>, rows: Iterable<Partial<E>>): Promise<void> {
    for (const chunk of chunksOf(rows, rowsPerInsert)) await this.insertChunk(entity, chunk);
  }

  /** Inserts rows that were not there when this transaction looked; where a rival was faster, all of it runs again. */
  async insertNew<E extends ObjectLiteral>(entity: EntityTarget<E>, rows: Partial<E>[]): Promise<void> {
    await this.orAgain(() => this.insert(entity, rows));
  }

  /** An UPDATE to a unique key that was free when this transaction looked; where a rival was faster, all of it runs again. */
  async runNew(statement: Sql): Promise<void> {
    await this.orAgain(() => this.run(statement));
  }

  /** Inserts rows whose key the database gives, and returns the keys in order: the block of one INSERT is consecutive. */
  async insertNumbered<E extends ObjectLiteral>(
    entity: EntityTarget<E>,
    rows: Iterable<Partial<E>>,
  ): Promise<number[]> {
    const keys: number[] = [];
    for (const chunk of chunksOf(rows, rowsPerInsert)) {
      const edge = Number(await this.insertChunk(entity, chunk));
      // MySQL reports the first key of the block, SQLite the last.
      const first = this.dialect.engine === "sqlite" ? edge - chunk.length + 1 : edge;
      chunk.forEach((_, index) => {
        keys.push(first + index);
      });
    }
    return keys;
  }

  /** `db.write` runs these before COMMIT, in the order they were given. The journal's locks its head row: lock nothing after it. */
  beforeCommit(hook: Hook): void {
    this.hooks.push(hook);
  }

  /** Runs once the COMMIT is acknowledged; must not fail. */
  afterCommit(hook: () => void): void {
    this.after.push(hook);
  }

  /** One instance per transaction of what a room keeps for it. */
  once<T>(key: unknown, make: () => T): T {
    if (!this.made.has(key)) this.made.set(key, make());
    return this.made.get(key) as T;
  }

  async runHooks(): Promise<void> {
    for (const hook of this.hooks) await hook();
  }

  announce(): void {
    for (const hook of this.after) hook();
  }

  private async holding<Row>(statement: Sql, words: string): Promise<Row[]> {
    const text = statement.sql + words;
    this.onStatement(text);
    return this.runner.query(text, statement.values) as Promise<Row[]>;
  }

  private async orAgain(write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (error) {
      throw this.dialect.meaningOf(error) === "duplicate" ? new Overtaken() : error;
    }
  }

  private async insertChunk<E extends ObjectLiteral>(
    entity: EntityTarget<E>,
    rows: Partial<E>[],
  ): Promise<unknown> {
    const query = this.runner.manager
      .createQueryBuilder()
      .insert()
      .into(entity)
      // biome-ignore lint/suspicious/noExplicitAny: TypeORM's QueryDeepPartialEntity cannot be named for a generic E
      .values(rows as any)
      .updateEntity(false);
    const [text, values] = query.getQueryAndParameters();
    this.onStatement(text);
    const result = await this.runner.query(text, values, true);
    return typeof result.raw === "object" && result.raw !== null ? result.raw.insertId : result.raw;
  }
}
