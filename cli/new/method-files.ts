import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { importLines, withImport } from './import-lines.ts';
import type { Name } from './names.ts';
import { created, type PlannedFile, updated } from './planned-file.ts';
import { contractModule, contractPath, type ProjectNames } from './service-files.ts';

/** The files of a service that a method changes, as they are. */
export interface ServiceSources {
  /** The contract. */
  readonly contract: string;
  /** `services.ts` of its worker. */
  readonly services: string;
}

/**
 * A further method of a service: the rpc with its messages, a handler and a test.
 *
 * @throws CommandFailure CONFLICT when the method is there already; UNREADABLE when the files are not in the shape that
 * this command knows.
 */
export function methodFiles(
  {
    service,
    method,
    project,
  }: { readonly service: Name; readonly method: Name; readonly project: ProjectNames },
  sources: ServiceSources,
): PlannedFile[] {
  const folder = `workers/${service.kebab}`;
  return [
    updated(contractPath(service), withMethod(sources.contract, service, method)),
    created(`${folder}/${method.kebab}.ts`, handler(service, method, project)),
    created(`${folder}/${method.kebab}.test.ts`, test(service, method, project)),
    updated(`${folder}/services.ts`, withHandler(sources.services, service, method)),
  ];
}

function withMethod(contract: string, service: Name, { pascal, words, kebab }: Name): string {
  const path = contractPath(service);
  if (new RegExp(`\\brpc\\s+${pascal}\\b`).test(contract))
    throw conflict(`${path} has the method ${pascal} already`);
  for (const message of [`${pascal}Request`, `${pascal}Response`]) {
    if (new RegExp(`\\bmessage\\s+${message}\\b`).test(contract))
      throw conflict(`${path} has the message ${message} already`);
  }
  const end = endOfBlock(contract, new RegExp(`\\bservice\\s+${service.pascal}Service\\s*\\{`));
  if (end === undefined) throw unreadable(path, `the service ${service.pascal}Service`);
  const rpc = `
  // Does what ${words} says.
  rpc ${pascal}(${pascal}Request) returns (${pascal}Response) {
    option (google.api.http) = {
      post: "/v1/${service.kebab}:${lowerCamel(kebab)}"
      body: "*"
    };
  }
`;
  const messages = `
// What ${words} needs to know.
message ${pascal}Request {
  // The name of what it is about, 1 to 100 characters.
  string name = 1 [
    (buf.validate.field).string.min_len = 1,
    (buf.validate.field).string.max_len = 100
  ];
}

// What came of it.
message ${pascal}Response {
  // In words.
  string text = 1;
}
`;
  const imports = ['buf/validate/validate.proto', 'google/api/annotations.proto'];
  const extended = contract.slice(0, end) + rpc + contract.slice(end) + messages;
  return imports.reduce(withProtoImport, extended);
}

/** A contract that imports a file, which it may do already. */
export function withProtoImport(contract: string, file: string): string {
  if (contract.includes(`import "${file}";`)) return contract;
  const lines = contract.split('\n');
  const before = lines.findLastIndex((line) => /^import "[^"]+";$/.test(line) && line < `import "${file}";`);
  const first = lines.findIndex((line) => /^import /.test(line));
  const at =
    before >= 0 ? before + 1 : first >= 0 ? first : lines.findIndex((line) => /^package /.test(line)) + 1;
  const added = first >= 0 ? [`import "${file}";`] : ['', `import "${file}";`];
  return [...lines.slice(0, at), ...added, ...lines.slice(at)].join('\n');
}

/** Where the block that `opening` begins is closed; undefined where there is none. */
function endOfBlock(text: string, opening: RegExp): number | undefined {
  const begin = opening.exec(text);
  if (begin === null) return undefined;
  // Braces in comments and strings are none.
  const bare = text.replace(/\/\/.*|"(?:[^"\\]|\\.)*"/g, (part) => ' '.repeat(part.length));
  let depth = 0;
  for (let at = begin.index; at < bare.length; at++) {
    if (bare[at] === '{') depth++;
    else if (bare[at] === '}' && --depth === 0) return at;
  }
  return undefined;
}

function withHandler(services: string, service: Name, { camel, kebab }: Name): string {
  const pattern = new RegExp(`(implement\\(\\s*${service.pascal}Service,\\s*\\{)([^}]*?)(,?\\s*)\\}`);
  if (!pattern.test(services)) {
    throw unreadable(`workers/${service.kebab}/services.ts`, `"implement(${service.pascal}Service, { … })"`);
  }
  const listed = services.replace(
    pattern,
    (_, before: string, handlers: string) => `${before}${handlers}, ${camel} }`,
  );
  return withImport(listed, [`./${kebab}.ts`, `{ ${camel} }`]);
}

function handler(service: Name, { camel, words }: Name, project: ProjectNames): string {
  const imports = importLines(
    ['@connectrpc/connect', 'type { MethodImpl }'],
    [contractModule(project, service), `type { ${service.pascal}Service }`],
  );
  return `${imports}
/** Does what ${words} says. */
export const ${camel}: MethodImpl<typeof ${service.pascal}Service.method.${camel}> = ({ name }) => ({
  text: \`\${name}: done.\`,
});
`;
}

function test(service: Name, { camel, words, kebab }: Name, project: ProjectNames): string {
  const imports = importLines(
    ['@busline/bus', '{ implement }'],
    ['@busline/bus/memory', '{ openMemoryBus }'],
    [contractModule(project, service), `{ ${service.pascal}Service }`],
    ['vitest', '{ expect, it }'],
    [`./${kebab}.ts`, `{ ${camel} }`],
  );
  return `${imports}
it('answers to ${words}', async () => {
  await using bus = await openMemoryBus();
  const services = [implement(${service.pascal}Service, { ${camel} })];
  await bus.serve({ name: '${service.kebab}', version: '0.0.0', services });

  const { text } = await bus.client(${service.pascal}Service).${camel}({ name: 'first' });
  expect(text).toContain('first');
});
`;
}

function lowerCamel(kebab: string): string {
  return kebab.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

export function conflict(what: string): CommandFailure {
  return new CommandFailure({
    code: 'CONFLICT',
    exitCode: ExitCode.failure,
    what,
    why: 'what is there would be lost, so nothing was written',
    hint: 'take another name, or remove what is there',
  });
}

export function unreadable(path: string, missing: string): CommandFailure {
  return new CommandFailure({
    code: 'UNREADABLE',
    exitCode: ExitCode.failure,
    what: `${path} cannot be extended`,
    why: `${missing} was not found in it, so nothing was written`,
    hint: 'add it by hand, as CONTRIBUTING.md says',
  });
}
