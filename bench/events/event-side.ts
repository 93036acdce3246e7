/** One way to publish and consume durable events, in one process. */
export interface EventSide {
  /** Publishes one event with an id and waits for the broker's acknowledgement. */
  publish(payload: Uint8Array): Promise<void>;
  /** Stores many events as fast as it can, before anything is measured. */
  fill(payload: Uint8Array, count: number): Promise<void>;
  /** Begins to consume from the beginning of the stream, each event acknowledged once `onEvent` has returned. */
  consume(onEvent: (payload: Uint8Array) => void): Promise<void>;
}

/** Opens a side on a broker, with its stream made: one copy, in files. */
export type OpenEventSide = (natsUrl: string) => Promise<EventSide>;

export interface EventSubject {
  /** The `peer` of its rows. */
  readonly name: string;
  /** How tables call it. */
  readonly title: string;
  readonly load: () => Promise<{ readonly open: OpenEventSide }>;
}

export const EVENT_SUBJECTS: readonly EventSubject[] = [
  { name: 'busline', title: 'Busline, typed, CloudEvents headers', load: () => import('./busline.ts') },
  {
    name: 'nats-jetstream',
    title: '`@nats-io/jetstream`, raw bytes',
    load: () => import('./nats-jetstream.ts'),
  },
];

/** @throws Error naming those there are. */
export function eventSubjectNamed(name: string): EventSubject {
  const subject = EVENT_SUBJECTS.find((candidate) => candidate.name === name);
  if (subject !== undefined) return subject;
  throw new Error(
    `nobody called "${name}" publishes events; there is ${EVENT_SUBJECTS.map((each) => each.name).join(', ')}`,
  );
}

/** Events that wait in the process of a consumer, on either side. */
export const PREFETCH = 512;
