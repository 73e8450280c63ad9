import {
  Config,
  type Filter,
  inject,
  plugin,
  Secrets,
  type Tool,
  type ToolAnswer,
  type ToolContext,
  ToolFilters,
  Tools,
} from 'dispatch/kernel';
import { askService, WebFailed } from '../tool-web-search/contract.js';
import { transcriptAnswer } from './transcript-answer.js';
import { videoUrl } from './video-url.js';

const timeoutMs = 60_000;
const maxBytes = 16 * 1024 * 1024;

/** `youtube_transcript`: what is said in a video. Offered only where there is a service that transcribes. */
@plugin({ id: 'tool-youtube-transcript', version: '0.1.0', provides: [Tools, ToolFilters], capabilities: ['network'] })
export class YoutubeTranscriptTool implements Tool, Filter<readonly Tool[]> {
  readonly name = 'youtube_transcript';
  readonly description =
    'Get what is said in a YouTube video as text. A video that was not asked for before is transcribed first: the answer then says that it is queued; ask again later.';
  readonly input = {
    type: 'object',
    properties: { url: { type: 'string', maxLength: 2000, description: 'Address of the video.' } },
    required: ['url'],
    additionalProperties: false,
  };
  readonly concurrencySafe = true;
  /** After filters that add tools. */
  readonly order = 100;
  private readonly base: string | undefined;

  constructor(
    @inject(Config) config: Config,
    @inject(Secrets) private readonly secrets: Secrets,
  ) {
    const base = config.value('tools.youtube.transcriberUrl');
    if (typeof base === 'string') this.base = base.replace(/\/+$/, '');
  }

  filter(tools: readonly Tool[]): readonly Tool[] {
    return this.base === undefined ? tools.filter((tool) => tool !== this) : tools;
  }

  async execute({ url }: { url: string }, { signal }: ToolContext): Promise<ToolAnswer> {
    if (this.base === undefined) return failure('there is no transcriber: set YOUTUBE_TRANSCRIBER_URL');
    const video = videoUrl(url);
    if (video === undefined) return failure('this is no YouTube video: the address should look like https://www.youtube.com/watch?v=…');
    try {
      return await this.transcript(this.base, video, signal);
    } catch (thrown) {
      if (thrown instanceof WebFailed) return failure(this.secrets.mask(thrown.message));
      throw thrown;
    }
  }

  private async transcript(base: string, video: string, signal: AbortSignal): Promise<ToolAnswer> {
    const url = new URL(`${base}/api/transcript`);
    url.searchParams.set('url', video);
    const { status, json, text } = await askService({ service: 'the transcriber', url, signal, timeoutMs, maxBytes });
    if (json === undefined && status < 400) return failure(`the transcriber answered no JSON: ${text.slice(0, 200)}`);
    const answer = transcriptAnswer(status, json);
    switch (answer.state) {
      case 'completed':
        return [
          ...(answer.title ? [`# ${answer.title}`, ''] : []),
          answer.text.trim() === '' ? '(nothing is said)' : answer.text.trim(),
        ].join('\n');
      case 'queued':
        return `not ready yet: the video is queued for transcription${answer.details && ` (${answer.details})`}. Ask again later.`;
      case 'failed':
        return failure(this.secrets.mask(`the video was not transcribed: ${answer.reason}`));
    }
  }
}

const failure = (content: string): ToolAnswer => ({ content, isError: true });
