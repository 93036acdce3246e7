/**
 * Who may import whom. Targets are written as
 * - a folder of the repository: `bus/src/wire` (everything below it),
 * - a package: `hono` or `@busline/bus` (with all its subpaths), `@busline/schemas/busline` (that subpath and
 *   below), or a whole scope: `@nats-io/`,
 * - Node's own modules: `node:` (all) or one of them: `node:crypto`.
 *
 * Test files (`*.test.ts`) and `testing/` folders are exempt from this table, not from the two rules that need
 * no table: another workspace is reached only through its `exports`, and only what package.json declares is
 * imported.
 */
export interface BoundaryRow {
  /** Folder the row speaks about; `*` stands for one path segment. */
  readonly from: string;
  /** A closed list: anything else is refused. Files of the same `from` folder are always allowed. */
  readonly may?: readonly string[];
  /** Refused targets. Looked at before `may`. */
  readonly never?: readonly string[];
  /** Parts of a `never` target that are allowed after all. */
  readonly except?: readonly string[];
  /** Global names that must not be used. */
  readonly neverNames?: readonly string[];
  /** Told to whoever breaks the row. */
  readonly why: string;
}

const NATS = '@nats-io/';
const PURE = ['@busline/schemas', '@bufbuild/protobuf', '@connectrpc/connect', 'node:buffer', 'node:crypto'];
const TIMERS_AND_IO = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'process', 'fetch'];

export const BOUNDARIES: readonly BoundaryRow[] = [
  {
    from: 'schemas/gen',
    may: ['@bufbuild/protobuf', '@bufbuild/protovalidate'],
    why: 'generated contracts depend on protobuf and its rules alone, so that every side can use them',
  },
  {
    from: 'bus/src/errors',
    may: PURE,
    neverNames: TIMERS_AND_IO,
    why: 'errors are values that the pure layers, the edge among them, share',
  },
  {
    from: 'bus/src/wire',
    may: ['bus/src/errors', ...PURE],
    neverNames: TIMERS_AND_IO,
    why: 'the wire layer is pure: functions from values to values, without NATS, timers or I/O',
  },
  {
    from: 'bus/src/rpc',
    never: ['bus/src/events', 'bus/src/durable', 'bus/src/telemetry'],
    why: 'calls and events are siblings; what both need belongs in wire/ or beside the connection',
  },
  {
    from: 'bus/src/events',
    never: ['bus/src/rpc', 'bus/src/durable', 'bus/src/telemetry'],
    why: 'calls and events are siblings; what both need belongs in wire/ or beside the connection',
  },
  {
    from: 'bus/src/tracing',
    may: ['bus/src/errors', '@opentelemetry/api', ...PURE],
    why: 'spans are begun through the API of OpenTelemetry; who records and exports them is for the process to say',
  },
  {
    from: 'bus/src/metrics',
    may: ['bus/src/errors', 'bus/src/tracing', '@opentelemetry/api', ...PURE],
    why: 'counting is pure, so that everything may count',
  },
  {
    from: 'bus/src/durable',
    never: ['bus/src/worker', 'bus/src/bus.ts', 'bus/src/services'],
    why: 'a durable call is a call that is consumed like an event: it stands above both, and below who offers it',
  },
  {
    from: 'bus/src',
    never: ['@busline/infra', 'bus/testing', 'bus/memory', 'hono', '@hono/'],
    why: 'the runtime library does not know how its broker is started, nor HTTP',
  },
  {
    from: 'bus/memory',
    never: ['@busline/infra', 'bus/testing', 'node:net', 'node:child_process'],
    why: 'a worker is tested in memory where there is no server, no port and no process',
  },
  {
    from: 'workers/*',
    never: ['@busline/', NATS, 'hono', '@hono/'],
    except: ['@busline/bus', '@busline/schemas'],
    why: 'a worker knows contracts and the bus; it reaches another worker by calling it',
  },
  {
    from: 'api/src/transcode',
    never: ['hono', '@hono/', NATS, '@busline/bus', 'node:http2', 'node:net', 'api/src'],
    except: ['api/src/transcode', '@busline/bus/errors'],
    neverNames: ['setTimeout', 'setInterval', 'setImmediate', 'fetch'],
    why: 'transcoding is pure: HTTP values to messages and back, testable without a server or a bus',
  },
  {
    from: 'api/src/openapi',
    never: ['hono', '@hono/', NATS, '@busline/bus', 'node:'],
    except: ['@busline/bus/errors'],
    neverNames: TIMERS_AND_IO,
    why: 'the OpenAPI document is a pure function of the routes, so that tables of small contracts can test it',
  },
  {
    from: 'api',
    never: [NATS, '@busline/'],
    except: ['@busline/bus', '@busline/schemas'],
    why: 'the edge reaches NATS only through the bus and serves any worker, knowing none',
  },
  {
    from: 'api',
    never: ['@busline/schemas'],
    except: [
      '@busline/schemas/busline',
      '@busline/schemas/google',
      '@busline/schemas/grpc',
      '@busline/schemas/buf',
      '@busline/schemas/print',
    ],
    why: 'the edge has no code per service: it learns every domain contract from the registry at run time',
  },
  {
    from: 'infra',
    never: ['@busline/', NATS],
    why: 'infra starts programs and hands them configuration; it shares no code with them',
  },
  {
    from: 'cli',
    never: ['@busline/'],
    except: ['@busline/bus', '@busline/schemas'],
    why: 'the command line is one more client of the bus, with no way in that others lack',
  },
  {
    from: 'console',
    never: ['@busline/', NATS],
    except: ['@busline/schemas'],
    why: 'the console is a browser client of the edge and nothing else',
  },
];

/** Reaches past `exports` that are allowed, each for its reason. */
export const DEEP_IMPORTS: readonly { readonly from: string; readonly to: string; readonly why: string }[] = [
  {
    from: 'bench/micro',
    to: 'bus/src/wire',
    why: 'micro benchmarks time single functions that are not public',
  },
];
