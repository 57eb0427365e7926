// Detections as the text files of other tools.
//
//   CSV      file,class,score,x,y,width,height            one header line; px; quoted by RFC 4180, lines end in \n
//            shots/1.jpg,helmet,0.93,258.5,41.25,90,201.5
//   YOLO     1 0.5 0.25 0.2 0.1 0.93                      a file for each image: class from 0, centre, size, score;
//                                                         fractions of the image's sides, as ultralytics writes them
//   VOC      000005 0.93 259.5 42.25 348.5 242.75         a file for each class: image, score, xmin, ymin, xmax, ymax;
//                                                         px, which count from 1, as in the development kit
#pragma once
#include <string>
#include <vector>

#include "apps/detection/detected_image.h"

namespace intertwiner {

/// In the names of files and classes, control characters and bytes that are not UTF-8 are written as \n or \x1b. So
/// every detection is one line.
std::string csv_text(const std::vector<DetectedImage>& images, const std::vector<std::string>& class_names);

/// Empty if nothing was found. data/formats/yolo_labels.h reads it.
std::string yolo_text(const DetectedImage& image);

/// The text of each class. An image is named by its stem, in which blanks become _.
std::vector<std::string> voc_texts(const std::vector<DetectedImage>& images, size_t class_count);

}  // namespace intertwiner
