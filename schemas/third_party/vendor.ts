/**
 * Writes the vendored protos from the npm packages that are installed anyway, so that a version bump there
 * is one run of `node schemas/third_party/vendor.ts` here. Nothing is downloaded. The files end up in the
 * layout of `buf format`, which has no way to leave a folder out.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { file_buf_validate_validate } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { printProto } from '../print/index.ts';

const here = dirname(fileURLToPath(import.meta.url));

const GOOGLE_PROTOS = [
  'google/api/annotations.proto',
  'google/api/client.proto',
  'google/api/field_behavior.proto',
  'google/api/http.proto',
  'google/api/httpbody.proto',
  'google/api/launch_stage.proto',
  'google/api/resource.proto',
  'google/longrunning/operations.proto',
  'google/rpc/code.proto',
  'google/rpc/error_details.proto',
  'google/rpc/status.proto',
  'google/type/money.proto',
];

/** Path here, npm package, and the path inside the package. */
const GRPC_PROTOS = [
  ['grpc/health/v1/health.proto', 'grpc-health-check', 'proto/health/v1/health.proto'],
  [
    'grpc/reflection/v1/reflection.proto',
    '@grpc/reflection',
    'build/proto/grpc/reflection/v1/reflection.proto',
  ],
  [
    'grpc/reflection/v1alpha/reflection.proto',
    '@grpc/reflection',
    'build/proto/grpc/reflection/v1alpha/reflection.proto',
  ],
] as const;

const VALIDATE_HEADER = `// Copyright 2023-2026 Buf Technologies, Inc.
//
// Licensed under the Apache License, Version 2.0 (the "License");
// you may not use this file except in compliance with the License.
// You may obtain a copy of the License at
//
//      http://www.apache.org/licenses/LICENSE-2.0
//
// Unless required by applicable law or agreed to in writing, software
// distributed under the License is distributed on an "AS IS" BASIS,
// WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
// See the License for the specific language governing permissions and
// limitations under the License.

// Modified: printed from the descriptor in the npm package @bufbuild/protovalidate, so comments are lost.
// Definitions are those of the original; https://protovalidate.com documents the rules.

`;

/** Every vendored file by its path under third_party, with its contents. */
export function vendoredFiles(): ReadonlyMap<string, string> {
  const { resolve } = createRequire(import.meta.url);
  const read = (name: string, path: string) =>
    readFileSync(join(dirname(resolve(`${name}/package.json`)), path), 'utf8');
  return new Map([
    ['LICENSE', read('google-proto-files', 'LICENSE')],
    ...GOOGLE_PROTOS.map((path) => [path, read('google-proto-files', path)] as const),
    ...GRPC_PROTOS.map(([path, name, inside]) => [path, read(name, inside)] as const),
    ['buf/validate/validate.proto', VALIDATE_HEADER + printProto(file_buf_validate_validate)],
  ]);
}

if (import.meta.main) {
  for (const [path, text] of vendoredFiles()) {
    const target = join(here, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }
  execFileSync('buf', ['format', '--write', here], { stdio: 'inherit' });
}
