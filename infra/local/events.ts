import type { FindEvent } from '../nats/index.ts';
import type { LoggedFailure } from './logged-failure.ts';

/** What happens in a running stack, for a terminal or a test. Times in milliseconds. */
export type StackEvent =
  | { readonly type: 'waiting'; readonly what: string }
  | { readonly type: 'nats-search'; readonly search: FindEvent }
  | { readonly type: 'port-moved'; readonly what: string; readonly wanted: number; readonly used: number }
  | {
      readonly type: 'crashed';
      readonly process: string;
      /** For example `exit code 1` or `SIGKILL`. */
      readonly how: string;
      readonly restartInMs: number;
      /** Set once it has crashed several times in a row. */
      readonly crashLoop: boolean;
      readonly logFile: string;
      readonly output: string;
    }
  | { readonly type: 'warned'; readonly process: string; readonly text: string }
  | {
      readonly type: 'failures-logged';
      readonly process: string;
      /** The first of those that were logged at about the same time. */
      readonly failures: readonly LoggedFailure[];
      /** How many more there were. */
      readonly more: number;
      readonly logFile: string;
    }
  | { readonly type: 'restarted'; readonly process: string; readonly elapsedMs: number }
  | { readonly type: 'reloaded'; readonly what: string; readonly elapsedMs: number }
  | {
      readonly type: 'reload-failed';
      readonly what: string;
      readonly why: string;
      readonly output: string;
    }
  | { readonly type: 'generated'; readonly elapsedMs: number }
  | { readonly type: 'streams-applied'; readonly output: string }
  | { readonly type: 'worker-added'; readonly name: string; readonly replicas: number }
  | { readonly type: 'worker-removed'; readonly name: string }
  | { readonly type: 'scaled'; readonly name: string; readonly replicas: number }
  | { readonly type: 'killed'; readonly process: string; readonly graceMs: number };

export type EventListener = (event: StackEvent) => void;
