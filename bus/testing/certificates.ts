import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  der,
  derBitString,
  derInteger,
  derObjectId,
  derOctetString,
  derSequence,
  derTime,
  derTrue,
  derUtf8,
} from './der.ts';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** One authority and what it issued. Made anew for each use, valid for one day, for tests only. */
export interface TestCertificates {
  /** The authority's certificate, PEM. */
  readonly ca: string;
  /** For a server reached as 127.0.0.1 or localhost. */
  readonly server: KeyPair;
  /** For a client that must identify itself. */
  readonly client: KeyPair;
}

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  subjectAltName: '2.5.29.17',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

const HOUR_MS = 3_600_000;

/**
 * Certificates for tests over TLS, encoded here (RFC 5280) because Node can sign but not encode them, and tests
 * must not need an installed openssl.
 */
export function createTestCertificates(): TestCertificates {
  const authority = { name: 'Busline test authority', keys: ecKeys() };
  const ca = encodeCertificate({
    subject: authority.name,
    publicKey: authority.keys.publicKey,
    issuer: authority,
    extensions: [extension(OID.basicConstraints, derSequence(derTrue), 'critical')],
  });
  return {
    ca: pem('CERTIFICATE', ca),
    server: issue('localhost', authority, [
      extension(OID.subjectAltName, derSequence(dnsName('localhost'), ipv4Address([127, 0, 0, 1]))),
      extension(OID.extendedKeyUsage, derSequence(derObjectId(OID.serverAuth), derObjectId(OID.clientAuth))),
    ]),
    client: issue('Busline test client', authority, [
      extension(OID.extendedKeyUsage, derSequence(derObjectId(OID.clientAuth))),
    ]),
  };
}

interface Authority {
  readonly name: string;
  readonly keys: { readonly privateKey: KeyObject };
}

interface CertificateContent {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: Authority;
  readonly extensions: readonly Buffer[];
}

function issue(subject: string, issuer: Authority, extensions: readonly Buffer[]): KeyPair {
  const { publicKey, privateKey } = ecKeys();
  return {
    cert: pem('CERTIFICATE', encodeCertificate({ subject, publicKey, issuer, extensions })),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** `Certificate` and `TBSCertificate` of RFC 5280, section 4.1. */
function encodeCertificate({ subject, publicKey, issuer, extensions }: CertificateContent): Buffer {
  const now = Date.now();
  const algorithm = derSequence(derObjectId(OID.ecdsaWithSha256));
  const content = derSequence(
    der(0xa0, derInteger(Buffer.of(2))),
    derInteger(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    distinguishedName(issuer.name),
    // An hour back, for clocks that differ.
    derSequence(derTime(new Date(now - HOUR_MS)), derTime(new Date(now + 24 * HOUR_MS))),
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, derSequence(...extensions)),
  );
  return derSequence(content, algorithm, derBitString(sign('sha256', content, issuer.keys.privateKey)));
}

function ecKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function distinguishedName(commonName: string): Buffer {
  return derSequence(der(0x31, derSequence(derObjectId(OID.commonName), derUtf8(commonName))));
}

function extension(id: string, value: Buffer, critical?: 'critical'): Buffer {
  const flag = critical === undefined ? [] : [derTrue];
  return derSequence(derObjectId(id), ...flag, derOctetString(value));
}

/** `GeneralName` of RFC 5280, section 4.2.1.6: context tag 2 is a DNS name, 7 an address. */
function dnsName(name: string): Buffer {
  return der(0x82, Buffer.from(name, 'latin1'));
}

function ipv4Address(bytes: readonly number[]): Buffer {
  return der(0x87, Buffer.from(bytes));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
