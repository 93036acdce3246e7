import type { Msg } from '@nats-io/nats-core';
import type { Deadline } from '../../connection/deadline-queue.ts';
import type { Delivery } from './delivery.ts';
import type { HandledEvent } from './event-context.ts';
import type { EventObserver } from './event-observer.ts';
import type { EventBinding } from './on.ts';
import type { EventReader } from './read-event.ts';

/** A binding with what is made for it once. */
export interface EventEndpoint {
  readonly binding: EventBinding;
  readonly read: EventReader;
  readonly observer: EventObserver;
}

/** One delivered event, from its arrival until the broker has been told what became of it. */
export interface EventWork {
  readonly message: Msg;
  /** Of the last delivery: it may come again while it is here. */
  ackSubject: string;
  readonly delivery: Delivery;
  /** Undefined for an event that this version of the worker has no handler for. */
  readonly endpoint: EventEndpoint | undefined;
  /**
   * `waiting` for a handler, `running` in it, `pausing` before another attempt in this process, `storing` as a dead
   * letter, `settled`: the broker knows, and what the handler still does changes nothing.
   */
  state: 'waiting' | 'running' | 'pausing' | 'storing' | 'settled';
  /** Attempts of this process that failed before, where it tries again by itself. */
  retries: number;
  /** When the broker last heard of it. */
  heardOfAtMs: number;
  /** Whether its handler has passed its deadline. */
  overdue: boolean;
  context: HandledEvent | undefined;
  deadline: Deadline | undefined;
}
