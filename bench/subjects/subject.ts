/** Answers `Echo` calls, and `Generate` where the subject has streams, in a process of its own. */
export interface ServerSide {
  /** What the client dials: a URL, `host:port`, or empty where the broker's address is enough. */
  readonly address: string;
}

/** Makes calls from a process of its own. */
export interface ClientSide {
  /** One call; resolves with the payload of the reply. */
  echo(payload: Uint8Array): Promise<Uint8Array>;
  /** Present where the subject has streams. */
  readonly generate?: Generate;
}

/** Reads one stream as fast as it comes. Rejects when it fails, also by `signal`. */
export type Generate = (stream: GeneratedStream) => Promise<void>;

/** A stream of messages that does not end by itself. */
export interface GeneratedStream {
  readonly payloadBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  onMessage(payload: Uint8Array): void;
}

/** Messages to ask for: more than any window can take. */
export const ENDLESS_COUNT = 2n ** 40n;

export interface Addresses {
  /** Of the broker; empty for a subject that has none. */
  readonly natsUrl: string;
  /** What the server side gave. */
  readonly address: string;
}

export type Serve = (natsUrl: string) => Promise<ServerSide>;
export type Dial = (addresses: Addresses) => Promise<ClientSide>;

/** Deadline of every unary call, for every subject: all of them are recommended to be used with one. */
export const CALL_TIMEOUT_MS = 10_000;

/** One way to make a call, with both of its sides. */
export interface Subject {
  /** Its folder here, and the `peer` of its rows. */
  readonly name: string;
  /** How tables call it. */
  readonly title: string;
  readonly needsBroker: boolean;
  readonly hasStreams: boolean;
  readonly loadServer: () => Promise<{ readonly serve: Serve }>;
  readonly loadClient: () => Promise<{ readonly dial: Dial }>;
}
