/** A server-sent event as it stands in the stream; a block with an id alone has no data. */
export interface ServerSentEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string;
}

/** Reads server-sent events one by one. */
export interface EventReader {
  /** The next ones. @throws Error when the stream ends before */
  take(count: number): Promise<ServerSentEvent[]>;
  /** All up to the end of the stream. */
  rest(): Promise<ServerSentEvent[]>;
  cancel(): Promise<void>;
}

/** @throws Error with the body of an answer that is no stream of events */
export async function fetchEvents(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers } });
  if (response.status !== 200 || response.body === null)
    throw new Error(`${response.status}: ${await response.text()}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';

  const next = async (): Promise<ServerSentEvent | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end < 0) {
        const { value, done } = await reader.read();
        if (done) return undefined;
        text += value;
        continue;
      }
      const block = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) =>
        block.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const event = { id: field('id'), event: field('event'), data: field('data') ?? '' };
      if (event.id !== undefined || event.data !== '') return event;
    }
  };
  return {
    async take(count) {
      const events: ServerSentEvent[] = [];
      while (events.length < count) {
        const event = await next();
        if (event === undefined) throw new Error(`the stream ended after ${events.length} events`);
        events.push(event);
      }
      return events;
    },
    async rest() {
      const events: ServerSentEvent[] = [];
      for (let event = await next(); event !== undefined; event = await next()) events.push(event);
      return events;
    },
    cancel: () => reader.cancel(),
  };
}
