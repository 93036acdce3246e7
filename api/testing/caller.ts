import type { DescService, Message } from '@bufbuild/protobuf';
import { codeTable } from '@busline/bus/errors';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import type { EdgeFixture } from './edge-fixture.ts';
import type { EdgePorts } from './edge-port.ts';

/** What a call came to, told alike for every protocol. */
export interface CallOutcome {
  /** `OK`, or the canonical name of the code. */
  readonly code: string;
  /** Of HTTP; undefined for the protocols that do not use it. */
  readonly status: number | undefined;
  readonly header: (name: string) => string | null;
  /** The response message as JSON; undefined for an error. */
  readonly message: Record<string, unknown> | undefined;
  /** Text of the error. */
  readonly text: string | undefined;
  /** Reason of the error's ErrorInfo. */
  readonly reason: string | undefined;
}

/** Calls a method of test.guarded.v1.GuardedService in one protocol. */
export interface Caller {
  readonly protocol: string;
  /** Whether the outcome is told by the status of HTTP too. */
  readonly usesStatus: boolean;
  call(
    method: string,
    headers?: Readonly<Record<string, string>>,
    question?: { readonly text?: string },
  ): Promise<CallOutcome>;
}

/** What there is to call. */
export interface CallPlace {
  readonly edge: EdgeFixture;
  readonly ports: EdgePorts;
  readonly service: DescService;
}

/** The same call in every protocol. */
export function everyCaller(place: () => CallPlace): Caller[] {
  const edge = (): EdgeFixture => place().edge;
  return [
    rest(edge),
    connect(edge),
    rpc('gRPC', place, ({ http2 }) => createGrpcTransport({ baseUrl: http2 })),
    rpc('gRPC-Web', place, ({ http1 }) => createGrpcWebTransport({ baseUrl: http1, httpVersion: '1.1' })),
  ];
}

interface Detail {
  readonly '@type'?: string;
  readonly type?: string;
  readonly reason?: string;
  readonly debug?: { readonly reason?: string };
}

interface ErrorBody {
  readonly code?: string;
  readonly detail?: string;
  readonly message?: string;
  readonly details?: readonly Detail[];
}

function rest(edge: () => EdgeFixture): Caller {
  return {
    protocol: 'REST',
    usesStatus: true,
    async call(method, headers = {}, question = {}) {
      const response = await edge().request(`POST /v1/${method.toLowerCase()}`, {
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(question),
      });
      const body = (await response.json()) as ErrorBody & Record<string, unknown>;
      return outcome(response, {
        code: body.code,
        text: body.detail,
        reason: body.details?.find((detail) => detail['@type']?.endsWith('ErrorInfo'))?.reason,
        message: body,
      });
    },
  };
}

function connect(edge: () => EdgeFixture): Caller {
  return {
    protocol: 'Connect',
    usesStatus: true,
    async call(method, headers = {}, question = {}) {
      const response = await edge().request(`POST /test.guarded.v1.GuardedService/${method}`, {
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(question),
      });
      const body = (await response.json()) as ErrorBody & Record<string, unknown>;
      return outcome(response, {
        code: body.code?.toUpperCase(),
        text: body.message,
        reason: body.details?.find((detail) => detail.type === 'google.rpc.ErrorInfo')?.debug?.reason,
        message: body,
      });
    },
  };
}

interface Parts {
  readonly code: string | undefined;
  readonly text: string | undefined;
  readonly reason: string | undefined;
  readonly message: Record<string, unknown>;
}

function outcome(response: Response, { code, text, reason, message }: Parts): CallOutcome {
  const isGood = response.status === 200;
  return {
    code: isGood ? 'OK' : (code ?? 'none'),
    status: response.status,
    header: (name) => response.headers.get(name),
    message: isGood ? message : undefined,
    text: isGood ? undefined : text,
    reason,
  };
}

type Clients = Record<
  string,
  (request: object, options: object) => Promise<Message & Record<string, unknown>>
>;

/** By a client of Connect's, whose errors and metadata are the same for every protocol. */
function rpc(protocol: string, place: () => CallPlace, transport: (ports: EdgePorts) => Transport): Caller {
  return {
    protocol,
    usesStatus: false,
    async call(method, headers = {}, question = {}) {
      const { ports, service } = place();
      const client = createClient(service, transport(ports)) as unknown as Clients;
      const seen = new Headers();
      const onHeader = (header: Headers): void => {
        for (const [field, value] of header) seen.append(field, value);
      };
      const name = service.methods.find((one) => one.name === method)?.localName ?? method;
      try {
        const message = await client[name]?.(question, { headers, onHeader });
        return {
          code: 'OK',
          status: undefined,
          header: (field) => seen.get(field),
          message,
          text: undefined,
          reason: undefined,
        };
      } catch (error) {
        const failure = ConnectError.from(error);
        const { code, metadata, rawMessage } = failure;
        const reason = failure.findDetails(ErrorInfoSchema)[0]?.reason;
        return {
          code: codeTable[code].name,
          status: undefined,
          header: (field) => metadata.get(field),
          message: undefined,
          text: rawMessage,
          reason,
        };
      }
    },
  };
}
