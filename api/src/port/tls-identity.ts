import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TlsSettings } from './settings.ts';

/** What TLS needs of the files, checked. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
  /** Who issues certificates to clients. */
  readonly ca: string | undefined;
  /** When the certificate is no longer valid. */
  readonly validTo: Date;
}

/**
 * Reads the files that the settings name, and checks that they belong together.
 *
 * @throws Error naming the variable and the file: it cannot be read, it is no PEM of its kind, key and certificate
 * are not a pair.
 */
export async function readTlsIdentity(settings: TlsSettings): Promise<TlsIdentity> {
  const [cert, key, ca] = await Promise.all([
    readPem('TLS_CERT_FILE', settings.certFile),
    readPem('TLS_KEY_FILE', settings.keyFile),
    settings.clientCaFile === undefined ? undefined : readPem('TLS_CLIENT_CA_FILE', settings.clientCaFile),
  ]);
  const certificate = parseCertificate('TLS_CERT_FILE', settings.certFile, cert);
  const privateKey = parseKey(settings.keyFile, key);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error(
      `TLS_KEY_FILE (${settings.keyFile}) is not the key of the certificate in TLS_CERT_FILE (${settings.certFile})`,
    );
  }
  if (ca !== undefined) parseCertificate('TLS_CLIENT_CA_FILE', settings.clientCaFile ?? '', ca);
  return { cert, key, ca, validTo: new Date(certificate.validTo) };
}

async function readPem(variable: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${variable} cannot be read: ${reason}`, { cause: error });
  }
}

function parseCertificate(variable: string, file: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new Error(`${variable} (${file}) holds no PEM certificate`, { cause: error });
  }
}

function parseKey(file: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new Error(`TLS_KEY_FILE (${file}) holds no PEM private key without a passphrase`, { cause: error });
  }
}
