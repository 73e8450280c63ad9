export { YoutubeTranscriptTool as default } from './youtube-transcript-tool.js';
