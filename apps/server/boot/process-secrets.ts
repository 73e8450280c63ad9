import type { Secrets } from 'dispatch/kernel';

/** Shorter values are not masked: they would hide ordinary words. */
const shortest = 6;
const secretName = /(^|_)(API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)(_FILE)?$/i;

/** Every secret value this process knows of. */
export class ProcessSecrets implements Secrets {
  private values: string[] = [];

  add(value: string): void {
    if (value.length < shortest || this.values.includes(value)) return;
    this.values = [...this.values, value].sort((a, b) => b.length - a.length);
  }

  mask(text: string): string {
    return this.values.reduce((masked, value) => (masked.includes(value) ? masked.replaceAll(value, '***') : masked), text);
  }

  withoutSecrets(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
    const open = Object.entries(environment).filter(
      ([name, value]) => value !== undefined && !secretName.test(name) && !this.values.some((secret) => value.includes(secret)),
    );
    return Object.fromEntries(open) as Record<string, string>;
  }
}
