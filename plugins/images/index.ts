import { FolderOfImages } from './image-files.js';
import { ImageHistory } from './image-history.js';
import { ImageIntake } from './image-intake.js';
import { ImageMessages } from './image-messages.js';
import { DailyImageSweep } from './image-sweep.js';
import { ImagesController } from './images.controller.js';

export default [FolderOfImages, ImageIntake, ImageMessages, ImageHistory, ImagesController, DailyImageSweep];
