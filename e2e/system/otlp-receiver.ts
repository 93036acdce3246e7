import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** A span as a collector gets it, as far as it is looked at. */
export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
}

/** A collector: takes spans by OTLP over HTTP. */
export interface OtlpReceiver {
  /** What `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is to be. */
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  stop(): Promise<void>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    spans.push(...readRequest(Buffer.concat(chunks)));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    spans,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// The messages of opentelemetry/proto/collector/trace/v1, by the numbers of their fields.

function readRequest(bytes: Uint8Array): ReceivedSpan[] {
  return fieldsOf(bytes, 1).flatMap((resourceSpans) => {
    const [resource = new Uint8Array(0)] = fieldsOf(resourceSpans, 1);
    const service = attribute(fieldsOf(resource, 1), 'service.name');
    const spans = fieldsOf(resourceSpans, 2).flatMap((scopeSpans) => fieldsOf(scopeSpans, 2));
    return spans.map((span) => readSpan(span, service));
  });
}

function readSpan(span: Uint8Array, service: string): ReceivedSpan {
  return {
    service,
    traceId: hex(fieldsOf(span, 1)),
    spanId: hex(fieldsOf(span, 2)),
    parentSpanId: hex(fieldsOf(span, 4)),
    name: text(fieldsOf(span, 5)),
  };
}

/** The text of an attribute. @param keyValues messages of a key and a value */
function attribute(keyValues: readonly Uint8Array[], key: string): string {
  const found = keyValues.find((keyValue) => text(fieldsOf(keyValue, 1)) === key);
  return found === undefined ? '' : text(fieldsOf(fieldsOf(found, 2)[0] ?? new Uint8Array(0), 1));
}

/** The bytes of a field that has a length, each time it is there. */
function fieldsOf(message: Uint8Array, number: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const values: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === number && wireType === WireType.LengthDelimited) values.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return values;
}

function hex([bytes]: readonly Uint8Array[]): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

function text([bytes]: readonly Uint8Array[]): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}
