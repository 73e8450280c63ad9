import { generateKeyPairSync, sign } from 'node:crypto';

const der = (tag: number, ...content: (Buffer | number[])[]): Buffer => {
  const body = Buffer.concat(content.map((each) => Buffer.from(each)));
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...length), body]);
};
const sequence = (...content: Buffer[]): Buffer => der(0x30, ...content);
const time = (at: number): Buffer => der(0x17, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)}Z`));

const ecdsaWithSha256 = sequence(der(0x06, [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
const commonName = der(0x06, [0x55, 0x04, 0x03]);
const day = 24 * 3_600_000;

/** A key and a certificate for `localhost` that nobody vouches for, valid today; for tests only. */
export function selfSigned(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from('localhost')))));
  const validity = sequence(time(Date.now() - day), time(Date.now() + day));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const body = sequence(der(0xa0, der(0x02, [2])), der(0x02, [1]), ecdsaWithSha256, name, validity, name, spki);
  const whole = sequence(body, ecdsaWithSha256, der(0x03, [0], sign('sha256', body, privateKey)));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}
