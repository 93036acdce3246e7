import type { NoteFormat } from '../edge/edge-subject.ts';

/** What one measured process is told, and what it answers. All of it travels over Node's IPC channel. */

/** First message of a server process: it answers calls at `address`. */
export interface ServerReady {
  readonly type: 'ready';
  readonly address: string;
}

/** A server process was sent `{ type: 'cpu' }`: the CPU time it has used, in microseconds. */
export interface CpuReport {
  readonly type: 'cpu';
  readonly cpuUs: number;
}

/** What a client process does, as its one argument in JSON. */
export type ClientTask = BusTask | EdgeTask | EventsTask;

interface TaskLoad {
  readonly payloadBytes: number;
  /** Calls in flight, or streams open, at any time. */
  readonly atOnce: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** Calls a server of `subjects/`. */
export interface BusTask extends TaskLoad {
  readonly experiment: 'unary' | 'streams';
  readonly subject: string;
  readonly natsUrl: string;
  readonly address: string;
}

/** Sends notes to an edge. */
export interface EdgeTask extends TaskLoad {
  readonly experiment: 'edge';
  readonly port: number;
  readonly path: string;
  readonly format: NoteFormat;
}

/** Publishes or consumes durable events. */
export interface EventsTask extends TaskLoad {
  readonly experiment: 'events';
  readonly subject: string;
  /** `latency`: from the call that publishes to the handler that has it. */
  readonly what: 'publish' | 'consume' | 'latency';
  readonly natsUrl: string;
}

/** A client process is warm. Its timed window begins with the next message it gets. */
export interface WindowBegun {
  readonly type: 'window';
}

/** The timed window of a client process is over. */
export interface ClientResult {
  readonly type: 'result';
  /** Calls that completed, or messages that came in. */
  readonly count: number;
  readonly elapsedMs: number;
  readonly cpuUs: number;
  /** Present where one call was in flight. */
  readonly latencyUs?: { readonly p50: number; readonly p99: number };
}

export type Message = ServerReady | CpuReport | WindowBegun | ClientResult;
export type MessageOf<T extends Message['type']> = Extract<Message, { readonly type: T }>;
