import { createInterface } from 'node:readline';

/** Whether there is a terminal on which somebody can be asked. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Whether the person at the terminal says yes; an empty line or the end of input is a no. */
export function agreed(question: string): Promise<boolean> {
  return new Promise((done) => {
    const asking = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
    asking.once('close', () => done(false));
    asking.question(question, (answer) => {
      done(/^y(es)?$/i.test(answer.trim()));
      asking.close();
    });
  });
}
