// Says what is wrong with the OpenAPI document on its input. A program of its own: the parser cannot be loaded inside of jest.
import { text } from 'node:stream/consumers';
import SwaggerParser from '@apidevtools/swagger-parser';

try {
  await SwaggerParser.validate(JSON.parse(await text(process.stdin)));
} catch (error) {
  process.stdout.write(String(error.message));
}
