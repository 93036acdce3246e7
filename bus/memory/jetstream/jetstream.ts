import { isDeepStrictEqual } from 'node:util';
import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream';
import type { RoutedMessage, Router } from '../server/router.ts';
import { subjectsOverlap } from '../server/subject-match.ts';
import { ApiError, consumerNotFound, messageNotFound, notHere, streamNotFound } from './api-error.ts';
import { Consumer } from './consumer.ts';
import { completeConsumer } from './consumer-config.ts';
import { type DirectQuery, directGet, findOne } from './direct-get.ts';
import { readPullRequest } from './pull-requests.ts';
import { Stream } from './stream.ts';
import { completeStream } from './stream-config.ts';
import { streamInfo } from './stream-info.ts';

/** A request to JetStream: its subject without what all have in front, and its body. */
interface ApiRequest {
  readonly names: readonly string[];
  // What the API takes is JSON of as many shapes as it has operations; each reads what it knows.
  readonly body: Readonly<Record<string, unknown>>;
  readonly raw: RoutedMessage;
}

type Operation = (request: ApiRequest) => object | undefined;

const apiPrefix = '$JS.API.';
const ackPrefix = '$JS.ACK.';
const nothing = new Uint8Array(0);

/**
 * As much of JetStream as the bus asks for: streams with their limits, consumers that pull or are pushed to, reads by
 * sequence. What it does not have is refused by name, so that no test passes for the wrong reason.
 */
export function createJetStream(router: Router): { close(): void } {
  const streams = new Map<string, Stream>();
  const listening = new Map<string, () => void>();
  let made = 0;

  const streamOf = (name = ''): Stream => {
    const stream = streams.get(name);
    if (stream === undefined) throw streamNotFound();
    return stream;
  };
  const consumerOf = (stream: Stream, name = ''): Consumer => {
    const consumer = stream.consumer(name);
    if (consumer === undefined) throw consumerNotFound();
    return consumer;
  };
  const reply = (to: string, answer: object): void => {
    if (to !== '') publish(to, undefined, Buffer.from(JSON.stringify(answer)));
  };
  const publish = (subject: string, head: Uint8Array | undefined, body: Uint8Array): void => {
    router.publish({ subject, reply: '', head, body });
  };

  const listen = (stream: Stream): void => {
    listening.get(stream.name)?.();
    const ends = stream.config.subjects.map((subject) =>
      router.subscribe({ subject, queue: '', deliver: (message) => store(stream, message) }),
    );
    listening.set(stream.name, () => {
      for (const end of ends) end();
    });
  };
  const store = (stream: Stream, message: RoutedMessage): void => {
    try {
      reply(message.reply, stream.store(message));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      reply(message.reply, { error: error.toJson(), stream: stream.name, seq: 0 });
    }
  };
  const assertFree = (config: StreamConfig): void => {
    for (const other of streams.values()) {
      if (other.name === config.name) continue;
      const clash = config.subjects.some((one) =>
        other.config.subjects.some((two) => subjectsOverlap(one, two)),
      );
      if (clash) throw new ApiError(400, 10065, 'subjects overlap with an existing stream');
    }
  };

  const createStream: Operation = ({ names: [name = ''], body }) => {
    const config = completeStream({ ...body, name } as Partial<StreamConfig> & { name: string });
    const there = streams.get(name);
    if (there !== undefined) {
      if (isDeepStrictEqual(there.config, config)) return { ...streamInfo(there), did_create: false };
      throw new ApiError(400, 10058, 'stream name already in use with a different configuration');
    }
    assertFree(config);
    const stream = new Stream(config, (message) => void router.publish(message));
    streams.set(name, stream);
    listen(stream);
    return { ...streamInfo(stream), did_create: true };
  };
  const updateStream: Operation = ({ names: [name = ''], body }) => {
    const stream = streamOf(name);
    const config = completeStream({ ...body, name } as Partial<StreamConfig> & { name: string });
    assertFree(config);
    stream.reconfigure(config);
    listen(stream);
    return streamInfo(stream);
  };
  const deleteStream: Operation = ({ names: [name] }) => {
    const stream = streamOf(name);
    stream.close();
    listening.get(stream.name)?.();
    streams.delete(stream.name);
    return { success: true };
  };
  const streamsOn = (subject: unknown): Stream[] =>
    [...streams.values()].filter(
      ({ config }) =>
        typeof subject !== 'string' || config.subjects.some((one) => subjectsOverlap(one, subject)),
    );
  const page = (items: readonly unknown[]): object => ({
    total: items.length,
    offset: 0,
    limit: items.length + 1,
  });

  const saveConsumer: Operation = ({ names: [streamName = '', named], body }) => {
    const stream = streamOf(streamName);
    const { action = '', config: given = {} } = body as { action?: string; config?: Partial<ConsumerConfig> };
    const name = named ?? given.name ?? given.durable_name ?? `c${++made}`;
    const config = { ...completeConsumer({ ...given, name }), name };
    const there = stream.consumer(name);
    if (there !== undefined) {
      if (action === 'create' && !isDeepStrictEqual(there.config, config)) {
        throw new ApiError(400, 10148, 'consumer already exists');
      }
      there.reconfigure(config);
      return there.info();
    }
    if (action === 'update') throw new ApiError(400, 10149, 'consumer does not exist');
    const onGone = (): void => stream.detach(name);
    const consumer = new Consumer(config, { stream, router, name, onGone });
    stream.attach(consumer);
    consumer.pump();
    return consumer.info();
  };
  const getMessage: Operation = ({ names: [name], body }) => {
    const stream = streamOf(name);
    stream.expire();
    const message = findOne(stream, body as DirectQuery);
    if (message === undefined) throw messageNotFound();
    const { subject, sequence, head, body: data, timeMs } = message;
    return {
      message: {
        subject,
        seq: sequence,
        ...(head !== undefined && { hdrs: Buffer.from(head).toString('base64') }),
        data: Buffer.from(data).toString('base64'),
        time: new Date(timeMs).toISOString(),
      },
    };
  };
  const readDirectly: Operation = ({ names: [name = '', ...subject], body, raw }) => {
    const query = subject.length > 0 ? { ...body, last_by_subj: subject.join('.') } : body;
    for (const { head, body: data } of directGet(streamOf(name), query as DirectQuery)) {
      publish(raw.reply, head, data);
    }
    return undefined;
  };
  const pull: Operation = ({ names: [stream, name], raw }) => {
    consumerOf(streamOf(stream), name).pull(readPullRequest(raw.reply, raw.body, performance.now()));
    return undefined;
  };
  const pause: Operation = ({ names: [stream, name], body }) => {
    const consumer = consumerOf(streamOf(stream), name);
    const { pause_until: until } = body as { readonly pause_until?: string };
    const { pause_until: _, ...config } = consumer.config;
    consumer.reconfigure(until === undefined ? config : { ...config, pause_until: until });
    const { paused, pause_remaining: remaining } = consumer.info();
    return { paused, pause_until: until, pause_remaining: remaining };
  };

  const operations: Readonly<Record<string, Operation>> = {
    INFO: () => ({
      memory: 0,
      storage: 0,
      streams: streams.size,
      consumers: [...streams.values()].reduce((sum, { consumers }) => sum + consumers.length, 0),
      limits: { max_memory: -1, max_storage: -1, max_streams: -1, max_consumers: -1 },
      api: { total: 0, errors: 0, level: 1 },
    }),
    'STREAM.CREATE': createStream,
    'STREAM.UPDATE': updateStream,
    'STREAM.DELETE': deleteStream,
    'STREAM.INFO': ({ names: [name], body }) =>
      streamInfo(streamOf(name), body.subjects_filter as string | undefined),
    'STREAM.NAMES': ({ body }) => {
      const found = streamsOn(body.subject).map(({ name }) => name);
      return { ...page(found), streams: found };
    },
    'STREAM.LIST': ({ body }) => {
      const found = streamsOn(body.subject).map((stream) => streamInfo(stream));
      return { ...page(found), streams: found };
    },
    'STREAM.PURGE': ({ names: [name], body }) => ({ success: true, purged: streamOf(name).purge(body) }),
    'STREAM.MSG.GET': getMessage,
    'STREAM.MSG.DELETE': ({ names: [name], body }) => {
      if (!streamOf(name).remove(Number(body.seq))) throw messageNotFound();
      return { success: true };
    },
    'DIRECT.GET': readDirectly,
    'CONSUMER.CREATE': saveConsumer,
    'CONSUMER.DURABLE.CREATE': saveConsumer,
    'CONSUMER.INFO': ({ names: [stream, name] }) => consumerOf(streamOf(stream), name).info(),
    'CONSUMER.NAMES': ({ names: [name] }) => {
      const found = streamOf(name).consumers.map((consumer) => consumer.name);
      return { ...page(found), consumers: found };
    },
    'CONSUMER.LIST': ({ names: [name] }) => {
      const found = streamOf(name).consumers.map((consumer) => consumer.info());
      return { ...page(found), consumers: found };
    },
    'CONSUMER.DELETE': ({ names: [stream, name] }) => {
      consumerOf(streamOf(stream), name).close();
      return { success: true };
    },
    'CONSUMER.PAUSE': pause,
    'CONSUMER.RESET': ({ names: [stream, name], body }) => {
      const consumer = consumerOf(streamOf(stream), name);
      consumer.reset(Number(body.seq ?? 1));
      return { ...consumer.info(), reset_seq: Number(body.seq ?? 1) };
    },
    'CONSUMER.MSG.NEXT': pull,
  };
  const names = Object.keys(operations).toSorted((a, b) => b.length - a.length);

  const onRequest = (raw: RoutedMessage): void => {
    const asked = raw.subject.slice(apiPrefix.length);
    const name = names.find((one) => asked === one || asked.startsWith(`${one}.`));
    try {
      const operation = name === undefined ? undefined : operations[name];
      if (name === undefined || operation === undefined) throw notHere(`operation ${asked}`);
      const rest = asked.slice(name.length + 1);
      const answer = operation({ names: rest === '' ? [] : rest.split('.'), body: bodyOf(raw), raw });
      if (answer !== undefined) reply(raw.reply, answer);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      reply(raw.reply, { error: error.toJson() });
    }
  };
  const onAck = ({ subject, reply: to, body }: RoutedMessage): void => {
    const [, , stream = '', consumer = '', , sequence] = subject.split('.');
    streams.get(stream)?.consumer(consumer)?.settle(Number(sequence), Buffer.from(body).toString('utf8'));
    if (to !== '') publish(to, undefined, nothing);
  };

  router.subscribe({ subject: `${apiPrefix}>`, queue: '', deliver: onRequest });
  router.subscribe({ subject: `${ackPrefix}>`, queue: '', deliver: onAck });
  router.onSubscribe(() => {
    for (const stream of streams.values()) for (const consumer of stream.consumers) consumer.pump();
  });

  return {
    close() {
      for (const stream of streams.values()) stream.close();
      streams.clear();
    },
  };
}

function bodyOf({ body }: RoutedMessage): Readonly<Record<string, unknown>> {
  const text = Buffer.from(body).toString('utf8').trim();
  if (!text.startsWith('{')) return {};
  return JSON.parse(text);
}
