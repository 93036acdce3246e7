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
  const served: Served = { service, type: serviceIn(sources.contract, service), project };
  return [
    updated(contractPath(service), withMethod(sources.contract, served, method)),
    created(`${folder}/${method.kebab}.ts`, handler(served, method)),
    created(`${folder}/${method.kebab}.test.ts`, test(served, method)),
    updated(`${folder}/services.ts`, withHandler(sources.services, served, method)),
  ];
}

interface Served {
  readonly service: Name;
  /** What its contract calls it, such as `OrderService`. */
  readonly type: string;
  readonly project: ProjectNames;
}

/** The service of that name, or the only one in its contract. */
function serviceIn(contract: string, service: Name): string {
  const named = `${service.pascal}Service`;
  const types = [...bare(contract).matchAll(/\bservice\s+(\w+)\s*\{/g)].map(([, type = '']) => type);
  if (types.includes(named)) return named;
  const [only, ...others] = types;
  if (only === undefined || others.length > 0)
    throw unreadable(contractPath(service), `the service ${named}`);
  return only;
}

function withMethod(contract: string, { service, type }: Served, { pascal, words, kebab }: Name): string {
  const path = contractPath(service);
  if (new RegExp(`\\brpc\\s+${pascal}\\b`).test(contract))
    throw conflict(`${path} has the method ${pascal} already`);
  for (const message of [`${pascal}Request`, `${pascal}Response`]) {
    if (new RegExp(`\\bmessage\\s+${message}\\b`).test(contract))
      throw conflict(`${path} has the message ${message} already`);
  }
  const end = endOfBlock(contract, new RegExp(`\\bservice\\s+${type}\\s*\\{`));
  if (end === undefined) throw unreadable(path, `the service ${type}`);
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
  const code = bare(text);
  const begin = opening.exec(code);
  if (begin === null) return undefined;
  let depth = 0;
  for (let at = begin.index; at < code.length; at++) {
    if (code[at] === '{') depth++;
    else if (code[at] === '}' && --depth === 0) return at;
  }
  return undefined;
}

/** The same with comments and strings blank: braces in them are none. */
function bare(text: string): string {
  return text.replace(/\/\/.*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, (part) =>
    part.replace(/[^\n]/g, ' '),
  );
}

function withHandler(services: string, { service, type }: Served, { camel, kebab }: Name): string {
  const opening = new RegExp(`\\bimplement\\(\\s*${type},\\s*\\{`);
  const end = endOfBlock(services, opening);
  if (end === undefined)
    throw unreadable(`workers/${service.kebab}/services.ts`, `"implement(${type}, { … })"`);
  const before = services.slice(0, end).trimEnd();
  const gap = services.slice(before.length, end);
  const comma = /[,{]$/.test(before) ? '' : ',';
  // A handler of its own line where they have lines of their own.
  const added = gap.includes('\n') ? `${comma}${gap}  ${camel},` : `${comma} ${camel}`;
  return withImport(`${before}${added}${gap}${services.slice(end)}`, [`./${kebab}.ts`, `{ ${camel} }`]);
}

function handler({ service, type, project }: Served, { camel, words }: Name): string {
  const imports = importLines(
    ['@connectrpc/connect', 'type { MethodImpl }'],
    [contractModule(project, service), `type { ${type} }`],
  );
  return `${imports}
/** Does what ${words} says. */
export const ${camel}: MethodImpl<typeof ${type}.method.${camel}> = ({ name }) => ({
  text: \`\${name}: done.\`,
});
`;
}

function test({ service, type, project }: Served, { camel, words, kebab }: Name): string {
  const imports = importLines(
    ['@busline/bus', '{ implement }'],
    ['@busline/bus/memory', '{ openMemoryBus }'],
    [contractModule(project, service), `{ ${type} }`],
    ['vitest', '{ expect, it }'],
    [`./${kebab}.ts`, `{ ${camel} }`],
  );
  return `${imports}
it('answers to ${words}', async () => {
  await using bus = await openMemoryBus();
  const services = [implement(${type}, { ${camel} })];
  await bus.serve({ name: '${service.kebab}', version: '0.0.0', services });

  const { text } = await bus.client(${type}).${camel}({ name: 'first' });
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
