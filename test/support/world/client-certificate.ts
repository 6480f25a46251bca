/** An authority and client certificates that it signs, with any dates: keytool gives no private key as PEM, which a secret holds. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface ClientCertificate {
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  readonly pem: string;
  issue(name: string, validity: Validity): ClientCertificate;
}

export interface Validity {
  readonly fromMs: number;
  readonly untilMs: number;
}

export function authority(name: string, validity: Validity): Authority {
  const own = keys();
  return {
    pem: certificateOf({
      subject: name,
      issuer: name,
      validity,
      publicKey: own.publicKey,
      by: own.privateKey,
      isAuthority: true,
    }),
    issue: (subject, of) => {
      const { publicKey, privateKey } = keys();
      const cert = certificateOf({
        subject,
        issuer: name,
        validity: of,
        publicKey,
        by: own.privateKey,
        isAuthority: false,
      });
      return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}

const keys = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

interface Contents {
  readonly subject: string;
  readonly issuer: string;
  readonly validity: Validity;
  readonly publicKey: KeyObject;
  readonly by: KeyObject;
  readonly isAuthority: boolean;
}

/** DER by tag: RFC 5280, section 4.1. */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  time: 0x17,
  list: 0x30,
  set: 0x31,
  version: 0xa0,
  extensions: 0xa3,
} as const;
const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME = [0x55, 0x04, 0x03];
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];

function certificateOf({ subject, issuer, validity, publicKey, by, isAuthority }: Contents): string {
  const algorithm = der('list', der('oid', ECDSA_WITH_SHA256));
  const yes = der('boolean', [0xff]);
  const extension = der('list', der('oid', BASIC_CONSTRAINTS), yes, der('octets', der('list', isAuthority ? yes : [])));
  const contents = der(
    'list',
    der('version', der('integer', [2])),
    der('integer', [0x01, ...randomBytes(8)]),
    algorithm,
    nameOf(issuer),
    der('list', timeOf(validity.fromMs), timeOf(validity.untilMs)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der('extensions', der('list', extension)),
  );
  const signed = der('list', contents, algorithm, der('bits', [0x00], sign('sha256', contents, by)));
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const nameOf = (name: string): Buffer =>
  der('list', der('set', der('list', der('oid', COMMON_NAME), der('utf8', Buffer.from(name)))));

/** YYMMDDHHMMSSZ */
const timeOf = (ms: number): Buffer =>
  der('time', Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/\D/g, '')}Z`));

function der(tag: keyof typeof TAG, ...parts: readonly (Buffer | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const { length } = body;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([TAG[tag], ...size]), body]);
}
