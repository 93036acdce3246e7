/** How a note travels: JSON by POST, protobuf by Connect's unary POST, both over HTTP/1.1, or gRPC over HTTP/2. */
export type NoteFormat = 'json' | 'proto' | 'grpc';

/** One process of a side, started as an operator would start it. */
export interface SideProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Beside the environment of the bench, `NODE_ENV=production`, and the ports. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Where a side finds itself: the ports it shall listen on, and its broker. */
export interface SidePlace {
  /** `PORT`: answers HTTP. */
  readonly httpPort: number;
  /** `WORKER_PORT`: for a worker that is called directly. */
  readonly workerPort: number;
  /** `NATS_URL`; empty for a side without a broker. */
  readonly natsUrl: string;
}

/** Packages that a side needs and the workspaces do not bring. */
export type PeerPackages = 'npm' | 'python';

/** One way to answer HTTP requests with a worker's answers. */
export interface EdgeSubject {
  /** Its folder, and the `peer` of its rows. */
  readonly name: string;
  /** How tables call it. */
  readonly title: string;
  readonly needsBroker: boolean;
  readonly needsPackages?: PeerPackages;
  /** The path that takes each format it has. */
  readonly paths: Readonly<Partial<Record<NoteFormat, string>>>;
  /** Answers HTTP. */
  readonly edge: SideProgram;
  /** Has the method, where the edge does not have it itself. */
  readonly worker?: SideProgram;
}
