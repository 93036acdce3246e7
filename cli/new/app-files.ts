import type { Name } from './names.ts';
import { created, type PlannedFile } from './planned-file.ts';
import { type ProjectNames, serviceFiles } from './service-files.ts';
import { madeWith, nodePackages } from './versions.ts';

export interface NewApp {
  readonly app: Name;
  /** Its first service. */
  readonly service: Name;
  /** Where Busline's packages are installed from, by name; undefined for the registry. */
  readonly packages?: Readonly<Record<string, string>> | undefined;
}

/** A project of one's own: all that it takes to run, test and build it, and a first service. */
export function appFiles(wanted: NewApp): PlannedFile[] {
  const { app, service } = wanted;
  const project = projectOf(wanted);
  return [
    created('package.json', json(rootManifest(wanted))),
    created('schemas/package.json', json(schemasManifest(wanted))),
    created('README.md', readme(app, service)),
    created('tsconfig.json', json(tsconfig)),
    created('buf.yaml', bufYaml),
    created('buf.gen.yaml', bufGenYaml),
    created('.gitignore', 'node_modules/\n.busline/\n'),
    created('.npmrc', 'ignore-scripts=true\nfund=false\naudit=false\n'),
    ...serviceFiles(service, project),
  ];
}

function projectOf({ app, packages }: NewApp): ProjectNames {
  const { busline, protobuf, connect } = madeWith;
  return {
    schemas: `@${app.kebab}/schemas`,
    scope: `@${app.kebab}`,
    versions: { busline: packages?.['@busline/bus'] ?? busline, schemasVersion: '0.1.0', protobuf, connect },
  };
}

function rootManifest({ app, packages }: NewApp): object {
  const busline = (...names: readonly string[]) =>
    Object.fromEntries(
      names.map((name) => [`@busline/${name}`, packages?.[`@busline/${name}`] ?? madeWith.busline]),
    );
  return {
    name: app.kebab,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=20', npm: '>=10' },
    workspaces: ['schemas', 'workers/*'],
    scripts: {
      start: 'busline start',
      dev: 'busline dev',
      test: 'vitest run',
      check: 'busline-generate --check && tsc -p . && buf lint',
      generate: 'busline-generate',
    },
    dependencies: {
      '@bufbuild/protobuf': madeWith.protobuf,
      ...busline('bus', 'schemas'),
      '@connectrpc/connect': madeWith.connect,
    },
    devDependencies: {
      '@bufbuild/buf': madeWith.buf,
      '@bufbuild/protoc-gen-es': madeWith.protobuf,
      ...busline('api', 'cli', 'infra'),
      '@types/node': madeWith.nodeTypes,
      typescript: madeWith.typescript,
      vitest: madeWith.vitest,
    },
    optionalDependencies: nodePackages,
  };
}

function schemasManifest({ app, packages }: NewApp): object {
  return {
    name: `@${app.kebab}/schemas`,
    version: '0.1.0',
    private: true,
    type: 'module',
    exports: { './*': './gen/*_pb.ts' },
    dependencies: {
      '@bufbuild/protobuf': madeWith.protobuf,
      '@bufbuild/protovalidate': madeWith.protovalidate,
      '@busline/schemas': packages?.['@busline/schemas'] ?? madeWith.busline,
    },
  };
}

/** Node runs the sources as they are, so every construct must be erasable; tsc only checks. */
const tsconfig = {
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    moduleDetection: 'force',
    types: ['node'],
    noEmit: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    resolveJsonModule: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
  },
  include: ['schemas', 'workers'],
};

const bufYaml = `version: v2
modules:
  - path: schemas
    excludes:
      - schemas/gen
  # What contracts import: google/api, buf/validate and Busline's own options.
  - path: node_modules/@busline/schemas/protos
    lint:
      ignore:
        - node_modules/@busline/schemas/protos
lint:
  use:
    - STANDARD
  except:
    # Methods answer with the resource itself (GetOrder returns Order), as https://google.aip.dev/131 says …
    - RPC_RESPONSE_STANDARD_NAME
    # … so several methods of a service share a response type.
    - RPC_REQUEST_RESPONSE_UNIQUE
breaking:
  use:
    # The edge speaks JSON: a renamed field breaks callers even where its number stays.
    - WIRE_JSON
`;

const bufGenYaml = `version: v2
plugins:
  - local: protoc-gen-es
    # One run of the plugin for all folders, not one for each.
    strategy: all
    out: schemas/gen
    opt:
      # Node runs the generated TypeScript as it is, by stripping types.
      - target=ts
      - import_extension=ts
      - erasable_syntax=true
      # What contracts import is generated in packages already.
      - map_imports=buf/validate/:@bufbuild/protovalidate/gen
      - map_imports=busline/:@busline/schemas/gen
      - map_imports=google/api/:@busline/schemas/gen
      - map_imports=google/longrunning/:@busline/schemas/gen
      - map_imports=google/rpc/:@busline/schemas/gen
      - map_imports=google/type/:@busline/schemas/gen
inputs:
  - directory: schemas
`;

function readme(app: Name, service: Name): string {
  return `# ${app.kebab}

A system of workers on Busline: contracts in \`schemas/\`, one folder per worker in \`workers/\`, and an HTTP edge that serves
what the contracts say.

\`\`\`sh
npm install
npm run dev      # NATS, the edge and every worker; what you save is live at once
npm test         # without a broker
npm run check    # generated code, types, rules of contracts
\`\`\`

\`\`\`sh
curl -s http://127.0.0.1:8080/v1/${service.kebab}/first
\`\`\`

\`http://127.0.0.1:8080/docs\` has every method there is.

\`\`\`sh
npx busline new service <name>                # contract, worker, test
npx busline new method <service> <Method>     # a further method of it
npx busline new event <service> <Event>       # an event, who publishes it, who handles it
npx busline --help
\`\`\`
`;
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
