import { create, createFileRegistry, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { RecordedService } from '../catalog.ts';
import { breakingChanges } from '../compatibility/breaking-changes.ts';
import { schemaDigest } from '../schema-digest.ts';
import { mergeFiles } from './merge-files.ts';

/** A contract of a service, and its place in the registry's order of first announcements. */
export interface ServiceVersion {
  readonly contract: RecordedService;
  readonly revision: number;
}

/**
 * The versions of a service that can be served as one: the one that a worker joined with last, and each that contradicts
 * none of those that come after it. Sorted by age, the newest last.
 *
 * @param versions in the order in which a worker last joined with them
 */
export function agreeingVersions(versions: readonly ServiceVersion[]): ServiceVersion[] {
  const agreeing: ServiceVersion[] = [];
  for (const version of versions.toReversed()) {
    if (agreeing.every((other) => agree(version.contract, other.contract))) agreeing.push(version);
  }
  return agreeing.sort((a, b) => a.revision - b.revision);
}

/** Whether the step from one to the other breaks nothing, in one direction at least. */
function agree(a: RecordedService, b: RecordedService): boolean {
  return breakingChanges(a.desc, b.desc).length === 0 || breakingChanges(b.desc, a.desc).length === 0;
}

/**
 * Versions that agree, as one contract: the methods, fields and values of all. What several have is that of the newest,
 * whose worker and version it names too. `partial` are the methods that not all of them have.
 *
 * @param versions by age, the newest last; at least one
 * @throws Error when they cannot be put together.
 */
export function uniteContracts(versions: readonly ServiceVersion[]): RecordedService {
  const [newest, ...older] = versions.map(({ contract }) => contract).reverse();
  if (newest === undefined) throw new Error('a service needs a contract');
  if (older.length === 0) return newest;
  const protosOf = ({ registry }: RecordedService) => [...registry.files].map(({ proto }) => proto);
  const file = older.reduce((merged, contract) => mergeFiles(merged, protosOf(contract)), protosOf(newest));
  const set = create(FileDescriptorSetSchema, { file });
  const registry = createFileRegistry(set);
  const desc = registry.getService(newest.desc.typeName);
  if (desc === undefined) throw new Error(`the united contracts do not hold ${newest.desc.typeName}`);
  const methods = desc.methods.map(({ name }) => name);
  return {
    desc,
    registry,
    digest: schemaDigest(toBinary(FileDescriptorSetSchema, set)),
    worker: newest.worker,
    version: newest.version,
    partial: new Set(
      methods.filter((name) =>
        versions.some(({ contract }) => !contract.desc.methods.some((m) => m.name === name)),
      ),
    ),
  };
}
