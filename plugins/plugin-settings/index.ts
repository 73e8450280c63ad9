import { SettingsController } from './settings.controller.js';
import { SettingsSurfaces } from './settings-surfaces.js';

export default [SettingsController, SettingsSurfaces];
