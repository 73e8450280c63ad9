import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { show } from './explain.js';
import { place } from './load.fixture.js';

const token = 'a-token-of-at-least-22-characters';

describe('the token of this server', () => {
  test('comes from DISPATCH_TOKEN, else from the file in DISPATCH_TOKEN_FILE, and is shown to nobody', () => {
    const there = place();
    const file = there.write(join(there.home, 'token'), `${token}-file\n`);
    const given = there.load({ env: { DISPATCH_TOKEN: token, DISPATCH_TOKEN_FILE: file } });
    expect(given.asConfig().text('access.token')).toBe(token);
    expect(
      there
        .load({ env: { DISPATCH_TOKEN_FILE: file } })
        .asConfig()
        .text('access.token'),
    ).toBe(`${token}-file`);
    expect(given.secrets).toContain(token);
    expect(JSON.stringify(show(given))).not.toContain(token);
    expect(there.problems({ env: { DISPATCH_TOKEN: 'two words' } })).toEqual([expect.not.stringContaining('two words')]);
  });

  test('is not taken from what a start directory brings along, nor is anything else that lets people in', () => {
    const there = place();
    const lines = ['DISPATCH_TOKEN', 'DISPATCH_AUTH', 'DISPATCH_ALLOWED_HOSTS', 'DISPATCH_ALLOWED_ORIGINS', 'DISPATCH_DEV_PORTS'];
    const values = [token, 'off', 'evil.test', 'https://evil.test', '666'];
    there.write(join(there.cwd, '.env'), lines.map((name, i) => `${name}=${values[i]}`).join('\n'));
    there.write(there.files.project, { access: { token, https: true } });
    const loaded = there.load();
    const config = loaded.asConfig();
    expect(['access.token', 'auth', 'http.allowedHosts', 'http.allowedOrigins', 'http.devPorts', 'access.https'].map(config.value)).toEqual(
      [undefined, 'same-user', [], [], [24204, 25204], false],
    );
    expect(loaded.warnings.filter((each) => each.includes('ignored'))).toHaveLength(lines.length + 1);
    expect(loaded.warnings.join('\n')).not.toContain(token);
  });
});
