import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTestCertificates } from './certificates.ts';

describe('createTestCertificates()', () => {
  const { ca, server, client } = createTestCertificates();
  const authority = new X509Certificate(ca);

  it('makes an authority that signed itself', () => {
    expect(authority.ca).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
  });

  it.each([
    ['server', server],
    ['client', client],
  ])('issues a %s certificate that matches its key', (_name, pair) => {
    const certificate = new X509Certificate(pair.cert);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(pair.key))).toBe(true);
    expect(certificate.ca).toBe(false);
  });

  it('names the hosts of the server', () => {
    const certificate = new X509Certificate(server.cert);
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkHost('example.com')).toBeUndefined();
  });

  it('is valid now and not for long', () => {
    const { validFromDate, validToDate } = new X509Certificate(server.cert);
    const now = Date.now();
    expect(validFromDate.getTime()).toBeLessThan(now);
    expect(validToDate.getTime()).toBeGreaterThan(now);
    expect(validToDate.getTime()).toBeLessThan(now + 48 * 3_600_000);
  });

  it('makes another authority each time', () => {
    const other = new X509Certificate(createTestCertificates().server.cert);
    expect(other.verify(authority.publicKey)).toBe(false);
  });
});
