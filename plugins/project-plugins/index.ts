import { PluginSubject } from './plugin-subject.js';
import { ProjectPluginsInUse } from './project-plugins.js';

export default [PluginSubject, ProjectPluginsInUse];
