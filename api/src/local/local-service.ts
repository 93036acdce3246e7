import { createRegistry, type DescService, type Registry } from '@bufbuild/protobuf';
import { createServiceImplSpec, type ServiceImpl } from '@connectrpc/connect';
import type { Upstream } from '../edge-bus.ts';
import { localUpstream } from './local-upstream.ts';

/** A service that the edge runs itself, in its own process, by every RPC protocol. */
export interface LocalService {
  readonly desc: DescService;
  /** Every type its messages may hold, for `Any` in JSON. */
  readonly registry: Registry;
  readonly upstream: Upstream;
  /** How messages look as server-sent events, by method. Default: data without a name or id. */
  readonly serverSent: Readonly<Record<string, ServerSentForm>>;
  /** What its documentation says beyond the contract, by method. */
  readonly notes: Readonly<Record<string, MethodNotes>>;
}

/** A field of the request's header that a method reads. */
export interface HeaderNote {
  readonly name: string;
  readonly description: string;
}

/** What a contract has no words for. */
export interface MethodNotes {
  /** Content types of a `google.api.HttpBody`. */
  readonly bodyTypes?: readonly string[] | undefined;
  readonly headers?: readonly HeaderNote[] | undefined;
}

/** How one message looks as a server-sent event. */
export interface ServerSentFields {
  /** Default: `message`, as EventSource has it. */
  readonly event?: string | undefined;
  /** What EventSource sends as `Last-Event-ID` when it comes back. */
  readonly id?: string | undefined;
  /** Whether only the id is to be told, and nothing to be heard. Default false. */
  readonly silent?: boolean | undefined;
}

/** @param message in the binary format */
export type ServerSentForm = (message: Uint8Array) => ServerSentFields;

/** What a service of the edge says besides its handlers. */
export interface LocalServiceOptions {
  /** Default: the types of the service's own file. */
  readonly registry?: Registry | undefined;
  readonly serverSent?: Readonly<Record<string, ServerSentForm>> | undefined;
  readonly notes?: Readonly<Record<string, MethodNotes>> | undefined;
}

/** Makes a service of its handlers, written as for a worker. Methods without a handler answer UNIMPLEMENTED. */
export function localService<S extends DescService>(
  desc: S,
  handlers: Partial<ServiceImpl<S>>,
  options: LocalServiceOptions = {},
): LocalService {
  const { registry = createRegistry(desc.file), serverSent = {}, notes = {} } = options;
  const upstream = localUpstream(createServiceImplSpec(desc, handlers));
  return { desc, registry, serverSent, notes, upstream };
}
