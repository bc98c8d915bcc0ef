import { ApolloServer, type ApolloServerPlugin, HeaderMap } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError } from "graphql";
import type { Logger } from "pino";
import type { RefusalLog } from "../access/refusal-log.ts";
import type { Request } from "../kernel/request.ts";
import type { Bounds } from "./bounds.ts";
import { boundsPlugin } from "./bounds-plugin.ts";
import { askerOf, denialsPlugin } from "./denials.ts";
import { formatError } from "./format-error.ts";
import { jitPlugin } from "./jit.ts";
import { mostErrors } from "./limits.ts";
import type { TrustedDocuments } from "./trusted-documents.ts";
import { unavailablePlugin } from "./unavailable.ts";
import type { VariableReader } from "./variables.ts";

/** A GraphQL request as HTTP brought it. */
export interface HttpQuestion {
  method: string;
  headers: Record<string, string | string[] | undefined>;
  /** The part of the URL from `?` on. */
  search: string;
  body: unknown;
}

export interface HttpAnswer {
  status: number;
  headers: Map<string, string>;
  body: string | AsyncIterable<string>;
}

/** GraphQL over HTTP: Apollo without a web framework between. */
export class GraphqlEndpoint {
  private readonly server: ApolloServer<Request>;

  constructor(
    private readonly bounds: Bounds,
    log: Logger,
    refusals: RefusalLog,
  ) {
    const { schema, documents, variables } = bounds;
    this.server = new ApolloServer<Request>({
      schema,
      documentStore: documents.store,
      persistedQueries: false,
      introspection: true,
      includeStacktraceInErrorResponses: false,
      csrfPrevention: true,
      allowBatchedHttpRequests: false,
      stopOnTerminationSignals: false,
      validationOptions: { maxErrors: mostErrors },
      formatError: (formatted, thrown) => formatError(formatted, thrown, log, askerOf(thrown)),
      logger: {
        debug: () => {},
        info: () => {},
        warn: (text) => log.warn(text),
        error: (text) => log.error(text),
      },
      plugins: [
        ApolloServerPluginCacheControlDisabled(),
        ApolloServerPluginLandingPageDisabled(),
        ApolloServerPluginUsageReportingDisabled(),
        denialsPlugin(refusals),
        noSubscriptionsPlugin,
        boundsPlugin(bounds),
        jitPlugin(schema, variables),
        variablesPlugin(variables),
        legacyStatusPlugin,
        contentTypePlugin,
        unavailablePlugin,
      ],
    });
  }

  async start(): Promise<void> {
    await this.server.start();
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }

  async handle(question: HttpQuestion, request: Request): Promise<HttpAnswer> {
    const headers = new HeaderMap();
    for (const [name, value] of Object.entries(question.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
    }
    const { method, search, body: asked } = trusted(question, this.bounds.trusted);
    const answer = await this.bounds.inTime(request, () =>
      this.server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method, headers, search, body: asked },
        context: async () => request,
      }),
    );
    const { body } = answer;
    return {
      status: answer.status ?? 200,
      headers: answer.headers,
      body: body.kind === "complete" ? body.string : body.asyncIterator,
    };
  }
}

/** The question with the listed document in it, however that is named. Throws UNTRUSTED_DOCUMENT. */
function trusted(question: HttpQuestion, documents: TrustedDocuments | null): HttpQuestion {
  if (!documents) return question;
  if (question.method === "GET") {
    const { documentId, extensions, ...asked } = Object.fromEntries(new URLSearchParams(question.search));
    const query = documents.textOf({ ...asked, documentId, extensions: jsonIn(extensions) });
    return { ...question, search: `?${new URLSearchParams({ ...asked, query })}` };
  }
  const { documentId, extensions, ...asked } = (question.body ?? {}) as Record<string, unknown>;
  return { ...question, body: { ...asked, query: documents.textOf({ ...asked, documentId, extensions }) } };
}

function jsonIn(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

/** Lets graphql-js run what jit did not with the variables as they were read: it would read them anew. */
function variablesPlugin(variables: VariableReader): ApolloServerPlugin<Request> {
  return {
    async requestDidStart() {
      return {
        // biome-ignore lint/suspicious/noExplicitAny: Apollo's plugin context, which it runs as it stands after this
        async responseForOperation(context: any) {
          const { document, operation, request } = context;
          if (!operation) return null;
          const values = variables.read(operation, request.variables ?? {});
          if (values instanceof GraphQLError) return null;
          context.document = variables.withoutTypes(document);
          request.variables = values;
          return null;
        },
      };
    },
  };
}

/** Apollo would run one as if it were a query. */
const noSubscriptionsPlugin: ApolloServerPlugin<Request> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation?.operation !== "subscription") return;
        throw new GraphQLError(
          "subscriptions are served over a WebSocket at this address (protocol graphql-transport-ws), not over HTTP",
          { extensions: { code: "BAD_USER_INPUT", http: { status: 400 } } },
        );
      },
    };
  },
};

const answeredWith200 = new Set(["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"]);

const acceptsJson = new Set([undefined, "*/*", "application/json"]);

/** For the usual Accept headers, what Apollo would find out by parsing them with every answer. */
const contentTypePlugin: ApolloServerPlugin<Request> = {
  async requestDidStart({ request }) {
    if (!acceptsJson.has(request.http?.headers.get("accept"))) return;
    return {
      async willSendResponse({ response }) {
        response.http.headers.set("content-type", "application/json; charset=utf-8");
      },
    };
  },
};

/**
 * GraphQL over HTTP has it that a client which accepts only application/json is told of a document that does not
 * parse, validate or coerce with 200; by error code, as a blanket 200 would break other answers.
 */
const legacyStatusPlugin = {
  async requestDidStart() {
    return {
      // biome-ignore lint/suspicious/noExplicitAny: Apollo's plugin context, of which two fields are touched
      async willSendResponse({ request, response, errors }: any) {
        const accept: string = request.http?.headers.get("accept") ?? "";
        if (accept.includes("application/graphql-response+json")) return;
        const isRequestError =
          response.body.kind === "single" && response.body.singleResult.data === undefined;
        const code = errors?.[0]?.extensions?.code;
        if (isRequestError && answeredWith200.has(code)) response.http.status = 200;
      },
    };
  },
};
