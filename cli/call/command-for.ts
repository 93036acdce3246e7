import type { DescMethod, JsonValue } from '@bufbuild/protobuf';
import { type KnownMethod, methodName } from '../contracts/known-service.ts';
import { shellWord } from '../output/shell-word.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { restAddress } from './rest-address.ts';

export interface CallParts {
  /** Address of the edge. */
  readonly edge: string;
  readonly headers: Headers;
  readonly requests: readonly JsonValue[];
}

/** The same call for another tool, ready to be pasted. */
export function commandFor(
  form: 'curl' | 'grpcurl' | 'ts',
  { method }: KnownMethod,
  parts: CallParts,
): string {
  switch (form) {
    case 'curl':
      return curl(method, parts);
    case 'grpcurl':
      return grpcurl(method, parts);
    case 'ts':
      return typescript(method, parts);
  }
}

function headerArguments({ headers }: CallParts): string[] {
  return [...headers].map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`);
}

function curl(method: DescMethod, parts: CallParts): string {
  const body = JSON.stringify(parts.requests[0] ?? {});
  if (method.methodKind === 'unary') {
    const address = shellWord(`${parts.edge}/${methodName(method)}`);
    const json = "-H 'content-type: application/json'";
    return ['curl -s', address, json, ...headerArguments(parts), `-d ${shellWord(body)}`].join(' ');
  }
  const rest =
    method.methodKind === 'server_streaming' ? restAddress(method, parts.requests[0] ?? {}) : undefined;
  if (rest === undefined) {
    throw new CommandFailure({
      code: 'FORM_UNAVAILABLE',
      exitCode: ExitCode.usage,
      what: `curl cannot call ${methodName(method)}`,
      why: 'its messages travel in envelopes, and it has no route of its own (google.api.http) that curl could use',
      hint: 'say --as grpcurl or --as ts',
    });
  }
  const data =
    rest.body === undefined ? [] : ["-H 'content-type: application/json'", `-d ${shellWord(rest.body)}`];
  return [
    `curl -sN${rest.verb === 'GET' ? '' : ` -X ${rest.verb}`}`,
    shellWord(`${parts.edge}${rest.path}`),
    "-H 'accept: application/x-ndjson'",
    ...headerArguments(parts),
    ...data,
  ].join(' ');
}

function grpcurl(method: DescMethod, parts: CallParts): string {
  const { protocol, host } = new URL(parts.edge);
  const address = host.includes(':') ? host : `${host}:${protocol === 'https:' ? 443 : 80}`;
  const requests = parts.requests.length === 0 ? [{}] : parts.requests;
  return [
    `grpcurl${protocol === 'https:' ? '' : ' -plaintext'}`,
    ...headerArguments(parts),
    `-d ${shellWord(requests.map((request) => JSON.stringify(request)).join('\n'))}`,
    shellWord(address),
    shellWord(methodName(method)),
  ].join(' ');
}

function typescript(method: DescMethod, { headers, requests }: CallParts): string {
  const service = method.parent.name;
  const request = (json: JsonValue) =>
    `fromJson(${service}.method.${method.localName}.input, ${JSON.stringify(json)})`;
  const options =
    [...headers].length === 0 ? '' : `, { headers: ${JSON.stringify(Object.fromEntries(headers))} }`;
  const client = `bus.client(${service}).${method.localName}`;
  const single = `${client}(${request(requests[0] ?? {})}${options})`;
  const many = ['async function* requests() {', ...requests.map((json) => `  yield ${request(json)};`), '}'];
  const calls: Readonly<Record<DescMethod['methodKind'], string[]>> = {
    unary: [`console.log(await ${single});`],
    server_streaming: [`for await (const message of ${single}) console.log(message);`],
    client_streaming: [...many, `console.log(await ${client}(requests()${options}));`],
    bidi_streaming: [
      ...many,
      `for await (const message of ${client}(requests()${options})) console.log(message);`,
    ],
  };
  return [
    "import { fromJson } from '@bufbuild/protobuf';",
    "import { connect } from '@busline/bus';",
    `import { ${service} } from '@busline/schemas/${method.parent.file.name}';`,
    '',
    'const bus = await connect();',
    ...calls[method.methodKind],
    'await bus.drain();',
  ].join('\n');
}
