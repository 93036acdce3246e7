import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { StatusSchema } from '@busline/schemas/google/rpc/status';
import {
  type Code,
  ConnectError,
  type StreamResponse,
  type Transport,
  type UnaryResponse,
} from '@connectrpc/connect';
import {
  type ChannelCredentials,
  Client,
  Metadata,
  type ServiceError,
  type StatusObject,
} from '@grpc/grpc-js';
import { createQueue } from './queue.ts';

/**
 * A transport of Connect over the client of gRPC for Node.js, so that one set of tests speaks through both. Messages are
 * the bytes that Connect's types encode to; all else is gRPC's own.
 */
export function createGrpcJsTransport(
  address: string,
  credentials: ChannelCredentials,
): Transport & { close(): void } {
  const client = new Client(address, credentials);

  function open<I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { input: I; output: O },
    {
      header,
      timeoutMs,
      signal,
    }: {
      header: ConstructorParameters<typeof Headers>[0];
      timeoutMs: number | undefined;
      signal: AbortSignal | undefined;
    },
  ) {
    const call = client.makeBidiStreamRequest(
      `/${method.parent.typeName}/${method.name}`,
      (message: MessageShape<I>) => Buffer.from(toBinary(method.input, message)),
      (bytes: Buffer) => fromBinary(method.output, bytes),
      metadataOf(new Headers(header)),
      timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs },
    );
    const messages = createQueue<MessageShape<O>>();
    const head = Promise.withResolvers<Headers>();
    const trailer = new Headers();
    head.promise.catch(() => {});
    call.on('metadata', (metadata: Metadata) => head.resolve(headersOf(metadata)));
    call.on('data', (message: MessageShape<O>) => messages.push(message));
    call.on('status', ({ metadata }: StatusObject) => {
      for (const [name, value] of headersOf(metadata)) trailer.append(name, value);
      head.resolve(new Headers());
    });
    call.on('error', (error: ServiceError) => {
      const failure = connectErrorOf(error);
      head.reject(failure);
      messages.fail(failure);
    });
    call.on('end', () => messages.end());
    signal?.addEventListener('abort', () => call.cancel(), { once: true });
    return { call, messages, head: head.promise, trailer };
  }

  return {
    close: () => client.close(),
    async unary(method, signal, timeoutMs, header, input) {
      const { call, messages, head, trailer } = open(method, { header, timeoutMs, signal });
      call.write(create(method.input, input));
      call.end();
      let only: MessageShape<typeof method.output> | undefined;
      for await (const message of messages) only = message;
      if (only === undefined) throw new ConnectError('no message came');
      const response: UnaryResponse<typeof method.input, typeof method.output> = {
        stream: false,
        service: method.parent,
        method,
        header: await head,
        message: only,
        trailer,
      };
      return response;
    },
    async stream(method, signal, timeoutMs, header, input) {
      const { call, messages, head, trailer } = open(method, { header, timeoutMs, signal });
      void (async () => {
        for await (const message of input) call.write(create(method.input, message));
        call.end();
      })();
      const response: StreamResponse<typeof method.input, typeof method.output> = {
        stream: true,
        service: method.parent,
        method,
        header: await head,
        message: messages,
        trailer,
      };
      return response;
    },
  };
}

function metadataOf(headers: Headers): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of headers) {
    metadata.add(name, name.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
  }
  return metadata;
}

function headersOf(metadata: Metadata): Headers {
  const headers = new Headers();
  for (const name of Object.keys(metadata.getMap())) {
    for (const value of metadata.get(name)) {
      headers.append(name, typeof value === 'string' ? value : value.toString('base64').replace(/=+$/, ''));
    }
  }
  return headers;
}

function connectErrorOf({ code, details, metadata }: ServiceError): ConnectError {
  const error = new ConnectError(details, code as number as Code, headersOf(metadata));
  const [status] = metadata.get('grpc-status-details-bin');
  if (status instanceof Buffer) {
    error.details = fromBinary(StatusSchema, status).details.map(({ typeUrl, value }) => ({
      type: typeUrl.slice(typeUrl.lastIndexOf('/') + 1),
      value,
    }));
  }
  return error;
}
