/** Answers `Echo` calls in a process of its own. */
export interface ServerSide {
  /** What the client dials: a URL, `host:port`, or empty where the broker's address is enough. */
  readonly address: string;
}

/** Makes calls from a process of its own. */
export interface ClientSide {
  /** One call; resolves with the payload of the reply. */
  echo(payload: Uint8Array): Promise<Uint8Array>;
}

export interface Addresses {
  /** Of the broker; empty for a subject that has none. */
  readonly natsUrl: string;
  /** What the server side gave. */
  readonly address: string;
}

export type Serve = (natsUrl: string) => Promise<ServerSide>;
export type Dial = (addresses: Addresses) => Promise<ClientSide>;

/** Deadline of every call, for every subject: all of them are recommended to be used with one. */
export const CALL_TIMEOUT_MS = 10_000;

/** One way to make a call, with both of its sides. */
export interface Subject {
  /** Its folder here, and the `peer` of its rows. */
  readonly name: string;
  /** How tables call it. */
  readonly title: string;
  readonly needsBroker: boolean;
  readonly loadServer: () => Promise<{ readonly serve: Serve }>;
  readonly loadClient: () => Promise<{ readonly dial: Dial }>;
}
