import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { type Code, ConnectError } from '@connectrpc/connect';

/** The code, reason and domain of the error that a call fails with; all undefined when it succeeds. */
export async function refusalOf(
  call: Promise<unknown>,
): Promise<{ code: Code | undefined; reason: string | undefined; domain: string | undefined }> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => ConnectError.from(reason),
  );
  const info = error?.findDetails(ErrorInfoSchema)[0];
  return { code: error?.code, reason: info?.reason, domain: info?.domain };
}
