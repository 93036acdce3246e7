import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DescFile } from '@bufbuild/protobuf';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';

/** The folder of a project's generated contracts. */
export function contractsOf(root: string): string {
  return join(root, 'schemas', 'gen');
}

/**
 * The contracts of a folder of generated code.
 *
 * @throws CommandFailure NOT_GENERATED where the folder is missing.
 */
export async function generatedFiles(folder: string): Promise<DescFile[]> {
  const names = await readdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new CommandFailure({
      code: 'NOT_GENERATED',
      exitCode: ExitCode.notFound,
      what: 'the contracts of this project cannot be read',
      why: `there is no generated code in ${folder}`,
      hint: 'make it: npx busline gen',
      cause,
    });
  });
  const found: DescFile[] = [];
  for (const name of names.filter((file) => file.endsWith('_pb.ts'))) {
    const exported: Record<string, unknown> = await import(pathToFileURL(join(folder, name)).href);
    found.push(...Object.values(exported).filter(isFile));
  }
  return found;
}

function isFile(value: unknown): value is DescFile {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'file';
}
