/** An API as data: all that a client has to know to send requests and to read answers. */

/** The types of an operation. Groups of arguments that an operation does not have are absent. */
export interface OperationShape {
  path?: object;
  query?: object;
  header?: object;
  cookie?: object;
  /** The whole query string, where one parameter is all of it. */
  queryString?: unknown;
  body?: unknown;
  /** Which of several media types is sent. */
  contentType?: string;
  /** Headers that answers declare, all statuses together. */
  answerHeaders?: object;
  /** Bodies of answers by status: "200", "4XX" or "default". */
  responses: object;
  /** What a good answer gives. */
  result: unknown;
  /** Bodies of declared answers that say that a call failed. */
  error: unknown;
}

/** The arguments of an operation. */
export type Arguments<Shape extends OperationShape> = Pick<
  Shape,
  Extract<keyof Shape, "path" | "query" | "header" | "cookie" | "queryString" | "body" | "contentType">
>;

/** What a good answer gives. */
export type Result<Shape extends OperationShape> = Shape["result"];

/** Text of the path, already encoded, or a parameter in its place. */
export type PathPiece = string | { readonly parameter: string };

/** How a parameter or header is written: `style` and `explode`, or `media` where its content is of a media type. */
export interface Parameter {
  readonly in: "path" | "query" | "header" | "cookie" | "querystring" | (string & {});
  readonly name: string;
  readonly required: boolean;
  readonly style?: string;
  readonly explode?: boolean;
  readonly media?: string;
  readonly allowReserved?: boolean;
  readonly allowEmpty?: boolean;
}

/** How a member of a form or multipart body is written. */
export interface Part {
  readonly name: string;
  readonly media?: string;
  readonly style?: string;
  readonly explode?: boolean;
  readonly allowReserved?: boolean;
  readonly headers?: readonly Parameter[];
}

/**
 * One media type of a body, and how it is written or read.
 *
 * "msgpack" has the types of "json": its timestamps (extension -1) are ISO 8601 texts in them, its bytes base64.
 */
export interface Payload {
  readonly media: string;
  readonly kind: "json" | "msgpack" | "form" | "multipart" | "text" | "binary" | "events" | "lines" | "any";
  readonly parts?: readonly Part[];
  /** Names of the kinds of server-sent events; "" is any other. */
  readonly events?: readonly string[];
  /** An answer that has all of these members is a failure, whatever its status. */
  readonly failureMembers?: readonly string[];
}

export interface Body {
  readonly required: boolean;
  readonly payloads: readonly Payload[];
}

/** An answer by status: "200", "4XX" or "default". `error` says that a call fails with it. */
export interface Response {
  readonly status: string;
  readonly error: boolean;
  readonly payloads: readonly Payload[];
  readonly headers?: readonly Parameter[];
}

/** One credential that a call needs. */
export interface Requirement {
  readonly scheme: string;
  readonly scopes: readonly string[];
}

/** One operation as data. */
export interface Operation<Shape extends OperationShape = OperationShape> {
  readonly id: string;
  readonly method: string;
  /** The template of the path, as the document has it. */
  readonly path: string;
  readonly pieces: readonly PathPiece[];
  /** A query string that is always sent. */
  readonly fixedQuery?: string;
  /** Whether a call changes nothing. */
  readonly safe: boolean;
  /** Whether a call may be repeated. */
  readonly idempotent: boolean;
  readonly deprecated?: boolean;
  readonly body?: Body;
  readonly parameters: readonly Parameter[];
  readonly responses: readonly Response[];
  /** Alternatives, each with all credentials that it needs; an empty one is a call without any. */
  readonly security?: readonly (readonly Requirement[])[];
  /** Base URLs that are this operation's own. */
  readonly servers?: readonly Server[];
  /** Never there: it tells the compiler the types. */
  readonly shape?: Shape;
}

export interface ServerVariable {
  readonly name: string;
  readonly default: string;
  /** Allowed values; any where there are none. */
  readonly values: readonly string[];
  readonly doc?: string;
}

/** A base URL; `{name}` in it stands for a variable. */
export interface Server {
  readonly url: string;
  readonly doc?: string;
  readonly variables?: readonly ServerVariable[];
}

/** A way to a token. URLs may be relative to the server's. */
export interface OAuthFlow {
  readonly flow: string;
  readonly authorizationUrl?: string;
  readonly deviceAuthorizationUrl?: string;
  readonly tokenUrl?: string;
  readonly refreshUrl?: string;
  readonly scopes: readonly { readonly name: string; readonly doc: string }[];
}

/** How callers prove who they are. */
export type SecurityScheme = { readonly id: string; readonly doc?: string } & (
  | { readonly kind: "apiKey"; readonly name: string; readonly in: string }
  | { readonly kind: "http"; readonly scheme: string; readonly bearerFormat?: string }
  | { readonly kind: "oauth2"; readonly flows: readonly OAuthFlow[]; readonly metadataUrl?: string }
  | { readonly kind: "openIdConnect"; readonly url: string }
  | { readonly kind: "mutualTLS" }
  | { readonly kind: "other"; readonly type: string }
);

/** An API as a whole. */
export interface Api {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly servers: readonly Server[];
  readonly securitySchemes: readonly SecurityScheme[];
}
