#!/usr/bin/env node
import about from '../../package.json' with { type: 'json' };
import { commandLine } from './command-line.js';
import { watchSignals } from './terminal/signals.js';

watchSignals();
process.exitCode = await commandLine(process.argv.slice(2), about.version);
