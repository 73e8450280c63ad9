import { afterEach, expect, test } from '@jest/globals';
import { cleanUp, folder, lspWith, processesWith, python, until } from './lsp.fixture.js';

afterEach(cleanUp);

const mark = `PY_MARK_${process.pid}`;
const own = { python: { ...python, env: { [mark]: '1' } } };

test('Python: errors appear after an edit, also those of other files, and go after the fix', async () => {
  const lsp = await lspWith({ own });
  const cwd = folder({ 'm.py': 'x: int = 1\n', 'n.py': 'from m import x\ny: str = str(x)\n' });
  expect(await lsp.ask(cwd, 'diagnostics', 'n.py')).toBe('n.py: no problems');
  expect(await lsp.edit(cwd, 'm.py', 'x: int = "a"\n')).toContain(
    'Errors in m.py as it is now (1):\n1:10 error [Pyright reportAssignmentType]',
  );
  expect(await lsp.edit(cwd, 'm.py', 'x: int = 2\n')).toBe('');
  expect(await lsp.edit(cwd, 'm.py', 'z: int = 2\n')).toBe('\nOther open files with errors: n.py (1)');
  expect(await lsp.ask(cwd, 'diagnostics', 'n.py')).toContain('"x" is unknown import symbol');
});

test('Python: hover, definition, references and outline are answered', async () => {
  const lsp = await lspWith({ own });
  const cwd = folder({ 'm.py': 'x: int = 1\n', 'n.py': "e = '😀'; from m import x\ny: int = x\n" });
  expect(await lsp.ask(cwd, 'hover', 'n.py', 2, 10)).toContain('(variable) x: int');
  expect(await lsp.ask(cwd, 'definition', 'n.py', 2, 10)).toBe('m.py:1:1  x: int = 1');
  expect(await lsp.ask(cwd, 'references', 'm.py', 1, 1)).toBe(
    "m.py:1:1  x: int = 1\nn.py:1:24  e = '😀'; from m import x\nn.py:2:10  y: int = x",
  );
  expect(await lsp.ask(cwd, 'documentSymbol', 'm.py')).toBe('1:1 variable x');
});

test('S11: a killed Python server comes back, and nothing is left when this one stops', async () => {
  const lsp = await lspWith({ own });
  const cwd = folder({ 'm.py': 'x: int = ""\n' });
  expect(await lsp.ask(cwd, 'diagnostics', 'm.py')).toContain('1 error');
  for (const pid of processesWith(mark)) process.kill(pid, 'SIGKILL');
  await until(async () => (await lsp.status(cwd)).some(({ id, state }) => id === 'python' && state === 'error'));
  expect(await lsp.ask(cwd, 'diagnostics', 'm.py')).toContain('1 error');
  await lsp.stop();
  expect(processesWith(mark)).toEqual([]);
});
