import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { Code, ConnectError } from '@connectrpc/connect';
import { patchMaskField, writeMaskOf } from './field-mask.ts';
import { FieldViolation, shorten, violationError, within } from './field-violation.ts';
import { isHttpBody, isHttpBodyField, writeHttpBody } from './http-body.ts';
import type { BodyRule, HttpBinding } from './http-rule.ts';
import type { MessageReader } from './json-reader.ts';
import { parseJson } from './json-text.ts';
import type { Json } from './json-value.ts';
import type { MessageBytes } from './message-bytes.ts';
import { captureVariable } from './path-variables.ts';
import { writeQuery } from './query.ts';
import { readersOf, textField } from './text-field.ts';
import { tag } from './wire-format.ts';

/** The parts of an HTTP request that become a message. */
export interface RequestParts {
  /** Raw segments of the path, as the router gives them. */
  readonly segments: readonly string[];
  /** As on the request line, without `?`. */
  readonly query: string;
  /** Undefined or empty when the request has no body. */
  readonly body: Uint8Array | undefined;
  readonly contentType: string | undefined;
}

/** Turns HTTP requests into messages by one binding. */
export interface RequestTranscoder {
  /** How the body is given: not at all, as JSON, or as raw bytes of any type. */
  readonly bodyKind: 'none' | 'json' | 'raw';
  /**
   * The request message in the binary format.
   *
   * @throws ConnectError INVALID_ARGUMENT with a `google.rpc.BadRequest` that names the field
   */
  encode(parts: RequestParts): Uint8Array;
}

export interface RequestOptions {
  readonly readerOf: (desc: DescMessage) => MessageReader;
  readonly messageBytes: MessageBytes;
  /** Whether query parameters that name no field are passed over. Default false: they are mostly typing errors. */
  readonly ignoreUnknownParameters?: boolean | undefined;
}

/** Compiles what a binding does with path, query and body, in the order in which later values win: the path last. */
export function createRequestTranscoder(binding: HttpBinding, options: RequestOptions): RequestTranscoder {
  const { readerOf } = options;
  const { input } = binding.method;
  const variables = binding.variables.map(({ variable, fields }) => ({
    variable,
    field: textField(readersOf(input, fields, readerOf)),
  }));
  const bodyField = binding.body.kind === 'field' ? binding.body.field : undefined;
  const queryRules = {
    input,
    readerOf,
    ignoreUnknown: options.ignoreUnknownParameters ?? false,
    taken: [
      ...binding.variables.map(({ fields }) => fields),
      ...(bodyField === undefined ? [] : [[bodyField]]),
    ],
  };
  const maskField = patchMaskField(binding);
  const bodyKind = kindOfBody(binding.body, input);

  return { bodyKind, encode };

  function encode(parts: RequestParts): Uint8Array {
    return options.messageBytes((writer) => write(parts, writer));
  }

  function write(parts: RequestParts, writer: BinaryWriter): void {
    const body = parts.body === undefined || parts.body.length === 0 ? undefined : parts.body;
    if (bodyKind === 'raw') writeRawBody(body ?? new Uint8Array(), parts.contentType ?? '', writer);
    else if (bodyKind === 'none' && body !== undefined) throw bodyNotTaken();
    const json = bodyKind === 'json' && body !== undefined ? readBody(body, writer) : undefined;
    const given = readQuery(parts.query, writer);
    if (maskField !== undefined && json !== undefined && !given.has(maskField))
      writeMask(maskField, json, writer);
    for (const { variable, field } of variables) {
      try {
        field.write(captureVariable(variable, parts.segments), writer);
      } catch (error) {
        throw located(
          variable.fieldPath.reduceRight((inner, step) => within(step, inner), error),
          'path',
        );
      }
    }
  }

  function writeRawBody(data: Uint8Array, contentType: string, writer: BinaryWriter): void {
    if (bodyField === undefined) {
      writeHttpBody(writer, { contentType, data });
      return;
    }
    writer.uint32(tag(bodyField.number, WireType.LengthDelimited)).fork();
    writeHttpBody(writer, { contentType, data });
    writer.join();
  }

  function readBody(body: Uint8Array, writer: BinaryWriter): Json {
    try {
      const json = parseJson(body);
      const reader = readerOf(input);
      if (bodyField === undefined) reader.read(json, writer, 0);
      else if (json !== null) reader.fields.get(bodyField.name)?.read(json, writer, 0);
      return json;
    } catch (error) {
      throw located(bodyField === undefined ? error : within(bodyField.jsonName, error), 'request body');
    }
  }

  function readQuery(query: string, writer: BinaryWriter): ReadonlySet<DescField> {
    if (query === '') return noFields;
    if (binding.body.kind === 'all' && !queryRules.ignoreUnknown) throw queryNotTaken(query);
    if (binding.body.kind === 'all') return noFields;
    try {
      return writeQuery(query, queryRules, writer);
    } catch (error) {
      throw located(error, 'query');
    }
  }

  function writeMask(field: DescField, json: Json, writer: BinaryWriter): void {
    if (bodyField?.fieldKind !== 'message') return;
    writeMaskOf(json, { field, reader: readerOf(bodyField.message), readerOf }, writer);
  }

  function bodyNotTaken(): ConnectError {
    const message = `${binding.httpMethod} ${binding.template.text} takes no body; give its fields in the query`;
    return new ConnectError(message, Code.InvalidArgument);
  }

  function queryNotTaken(query: string): ConnectError {
    const name = query.split(/[=&]/, 1)[0] ?? '';
    const violation = new FieldViolation(
      'takes no query parameters: every field is in the path or the body',
      [shorten(name)],
    );
    return violationError(violation, 'query');
  }
}

const noFields: ReadonlySet<DescField> = new Set();

function kindOfBody(rule: BodyRule, input: DescMessage): RequestTranscoder['bodyKind'] {
  switch (rule.kind) {
    case 'none':
      return 'none';
    case 'all':
      return isHttpBody(input) ? 'raw' : 'json';
    case 'field':
      return isHttpBodyField(rule.field) ? 'raw' : 'json';
  }
}

function located(error: unknown, where: string): unknown {
  return error instanceof FieldViolation ? violationError(error, where) : error;
}
